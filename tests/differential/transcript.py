"""What a server said in one case, in a form in which two servers can be compared.

Lines are grouped by connection and channel: the order between channels is no promise. What is
random by nature is replaced by a word for it.
"""

import difflib
import re

_RANDOM = [(re.compile(r"amq\.gen-[A-Za-z0-9_.\-+/=]+"), "amq.gen-(random)"),
           (re.compile(r"amq\.ctag-[A-Za-z0-9_.\-+/=]+"), "amq.ctag-(random)"),
           (re.compile(r"amq\.rabbitmq\.reply-to\.(?!none)[A-Za-z0-9_.\-+/=]+"),
            "amq.rabbitmq.reply-to.(random)")]
_PRODUCT = re.compile(r"\b(product|version|platform|copyright|information|cluster_name)"
                      r"=S:('[^']*'|\"[^\"]*\")")


def normalise(line, prefix):
    line = line.replace(prefix, "~")
    # How the peer breaks a long term into lines.
    line = re.sub(r"\\n *", "", line) if "FRAME_ERROR" in line else re.sub(r",\\n +", ",", line)
    line = line.replace(",".join(str(octet) for octet in prefix.encode()), "~")
    for pattern, word in _RANDOM:
        line = pattern.sub(word, line)
    if "connection.start " in line:
        line = _PRODUCT.sub(lambda found: f"{found[1]}=(its own)", line)
        line = _sort_server_properties(line)
    return line


def _sort_server_properties(line):
    """A table's order is no promise either; only this one is known to come from a map."""
    found = re.match(r"(.*server_properties=\{)(.*)(\} mechanisms=.*)", line)
    if not found:
        return line
    capabilities = re.search(r"capabilities=F\{([^}]*)\}", found[2])
    rest = found[2]
    if capabilities:
        inner = ", ".join(sorted(capabilities[1].split(", ")))
        rest = rest.replace(capabilities[0], "") + f", capabilities=F{{{inner}}}"
    entries = sorted(entry for entry in re.split(r", (?![^{]*\})", rest) if entry)
    return found[1] + ", ".join(entries) + found[3]


def of(run):
    """The comparable transcript of a run, as lines."""
    lines = []
    for label, connection in sorted(run.connections.items()):
        by_channel = {}
        for event in connection.events:
            by_channel.setdefault(event.channel, []).append(normalise(event.line, run.prefix))
        for channel, said in sorted(by_channel.items()):
            if run.case.unordered:
                said.sort()
            lines += [f"{label}/{channel} {line}" for line in said]
        lines.append(f"{label} connection {run.ends[label]}")
    return lines


def dialogue(run):
    """The whole run as it went, both directions, for reading."""
    several = len(run.connections) > 1
    lines = []
    for arrow, label, line in run.lines:
        lines.append(f"  {arrow} {label + ' ' if several else ''}{normalise(line, run.prefix)}")
    for label, end in sorted(run.ends.items()):
        lines.append(f"  == {label + ' ' if several else ''}connection {end}")
    return lines


def difference(peer, ours):
    """The differing lines: '-' is the peer's, '+' ours."""
    lines = difflib.unified_diff(peer, ours, lineterm="", n=2)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]
