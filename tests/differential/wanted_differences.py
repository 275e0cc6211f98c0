"""Where Leveret answers otherwise than RabbitMQ 3.10, on purpose. The only place for it.

case: the name of the case. rabbitmq, leveret: what each does; leveret lists pieces of lines that must stand in its
transcript, so that one wanted difference does not hide another. why: the reason, with the row of the reference.
An entry whose case no longer differs fails the run, and so does a difference without an entry.
"""

ENTRIES = []


def wanted(cases, rabbitmq, leveret, why):
    """One reason for one case or several."""
    for case in [cases] if isinstance(cases, str) else cases:
        ENTRIES.append({"case": case, "rabbitmq": rabbitmq, "leveret": leveret, "why": why})


def by_case():
    """The entries by the title of their case; two for one case are a mistake."""
    entries = {entry["case"]: entry for entry in ENTRIES}
    if len(entries) != len(ENTRIES):
        names = [entry["case"] for entry in ENTRIES]
        raise SystemExit(f"two wanted differences for one case: {sorted({n for n in names if names.count(n) > 1})}")
    return entries
