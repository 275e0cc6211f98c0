"""Where Leveret answers otherwise than RabbitMQ 3.10, on purpose. The only place for it.

An entry whose case no longer differs fails the run, and so does a difference without an entry.
"""

ENTRIES = []


def wanted(cases, rabbitmq, leveret, why):
    """One reason for one case or several, by title.

    rabbitmq: what RabbitMQ 3.10 does. leveret: pieces of lines that must stand in Leveret's
    transcript, so that one difference cannot hide another. why: the row of the behaviour reference
    behind it, and the reason.
    """
    for case in [cases] if isinstance(cases, str) else cases:
        ENTRIES.append({"case": case, "rabbitmq": rabbitmq, "leveret": leveret, "why": why})


def by_case():
    """The entries by the title of their case; two for one case are a mistake."""
    names = [entry["case"] for entry in ENTRIES]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SystemExit(f"two wanted differences for one case: {twice}")
    return {entry["case"]: entry for entry in ENTRIES}
