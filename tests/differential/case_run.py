"""A case, its steps, and one run of it against one broker."""

from wire import Pairs, Typed

CASES = []


class Case:
    """A script and what it stands for.

    raw: no handshake, no channel.open but what the steps say.
    barrier: settle every open channel at the end; off where content is left unfinished.
    answers_closes: answer the server's channel.close and connection.close with close-ok.
    patience: seconds to wait for what should come.
    slow: takes seconds, so it is started first.
    connect: arguments of the handshake.
    keep_heartbeats: the first heartbeat stands in the transcript.
    unordered: what comes on one channel may come in any order.
    """

    def __init__(self, name, row, steps, raw=False, barrier=True, answers_closes=True, patience=5.0,
                 slow=False, connect=None, keep_heartbeats=False, unordered=False):
        self.name, self.row, self.steps = name, row, steps
        self.title = name  # with the name of its file, once loaded
        self.raw, self.barrier, self.answers_closes = raw, barrier, answers_closes
        self.patience, self.slow, self.connect = patience, slow, connect or {}
        self.keep_heartbeats, self.unordered = keep_heartbeats, unordered


class Run:
    """One case against one broker: its connections, its names, what has been said."""

    def __init__(self, case, address, prefix, connect):
        self.case, self.address, self.prefix, self._connect = case, address, prefix, connect
        self.lines = []
        self.connections = {}
        self.declared = {"queue": set(), "exchange": set()}
        self.ends = {}
        self.result = []
        self.broken = ""

    def log(self, arrow, label, line):
        self.lines.append((arrow, label, line))

    def connection(self, label):
        if label not in self.connections:
            self.connections[label] = self._connect(self, label)
        return self.connections[label]

    def note_declared(self, kind, name):
        if isinstance(name, str):
            self.declared[kind].add(name)

    def resolve(self, value):
        """Names as they go over the wire."""
        if isinstance(value, str):
            return self._last(value[1:]) if value.startswith("$") else \
                value.replace("~", self.prefix)
        if isinstance(value, Typed):
            return Typed(value.letter, self.resolve(value.value))
        if isinstance(value, Pairs):
            return Pairs((self.resolve(key), self.resolve(item)) for key, item in value)
        if isinstance(value, dict):
            return {self.resolve(key): self.resolve(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        return value

    def _last(self, what):
        field = {"queue": "queue", "tag": "consumer_tag", "reply_to": "reply_to"}[what]
        for connection in self.connections.values():
            for event in reversed(connection.events):
                if field in event.values:
                    return event.values[field]
        return what


class Step:
    """One thing done, on a connection and a channel."""

    def __init__(self, act, channel=1, connection="a", opens=True):
        self._act, self.channel, self.label, self.opens = act, channel, connection, opens

    def run(self, run):
        connection = run.connection(self.label)
        if self.opens and self.channel and not run.case.raw and connection.may_open(self.channel):
            connection.open_channel(self.channel)
        self._act(run, connection)
