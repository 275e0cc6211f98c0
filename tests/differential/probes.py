"""Steps that ask a server again and again until it has done what it does on its own time.

None of it stands in the transcript but a failure. They ask on a channel or connection of their own,
so that the channel of the case keeps its most recently declared queue.
"""

import wire
from case_run import Step

PROBE_CHANNEL = 1999  # which no case uses


def ready(name, count, channel=1, connection="a", tries=300):
    """Waits until a queue has `count` messages ready.

    A server of many processes answers a declare before a publish or a requeue sent earlier.
    """
    def act(run, conn):
        for _ in range(tries):
            answer = _declare_passively(conn, run.resolve(name))
            if answer is None or answer.get("message_count") == count:
                break
            conn.listen(0.005)
    return Step(act, channel, connection, False)


def counted(name, count, channel=1, connection="a"):
    """A passive declare once `count` messages are ready, or when that does not come about."""
    def act(run, conn):
        sent = {"queue": run.resolve(name), "passive": True}
        seen = len(conn.events)
        conn.send_method(channel, "queue.declare", sent,
                         f"ch{channel} queue.declare queue={name!r} passive=True")
        conn.wait_for_reply(channel, {"queue.declare-ok"}, seen)
    return [ready(name, count, channel, connection), Step(act, channel, connection)]


def until_gone(name, connection="b", tries=300):
    """Waits until a passive declare no longer finds the queue."""
    def act(run, conn):
        for _ in range(tries):
            if not _declare_passively(conn, run.resolve(name)):
                return
            conn.listen(0.01)
        run.log("..", connection, f"{name} is still there")
    return Step(act, 0, connection, False)


def until_unroutable(name, tries=300):
    """Publishes until the default exchange returns the message: the queue is gone then.

    A passive declare would count as use of the queue and keep it from expiring.
    """
    def act(run, conn):
        quiet, conn.log = conn.log, lambda *_: None
        conn.open_channel(1)
        values = {"routing_key": run.resolve(name), "mandatory": True}
        octets = wire.content("basic.publish", values, wire.properties_octets({}), b"", 1)
        for _ in range(tries):
            conn.send(octets, None)
            conn.settle(1)
            if any(event.name == "basic.return" for event in conn.events):
                break
            conn.listen(0.02)
        else:
            run.log("..", "probe", f"{name} is still there")
        conn.leave()
        conn.log = quiet
        del run.connections["probe"]
    return Step(act, 0, "probe", False)


def _declare_passively(conn, name):
    """The fields of declare-ok; empty when there is no such queue, None when nothing comes."""
    quiet, conn.log = conn.log, lambda *_: None
    kept = list(conn.events)
    if PROBE_CHANNEL not in conn.open_channels:
        conn.open_channel(PROBE_CHANNEL)
    conn.send_method(PROBE_CHANNEL, "queue.declare", {"queue": name, "passive": True})
    conn.wait_for_reply(PROBE_CHANNEL, {"queue.declare-ok"}, len(kept))
    answers = [event for event in conn.events if event.channel == PROBE_CHANNEL]
    conn.events = [event for event in conn.events if event.channel != PROBE_CHANNEL]
    conn.dead_channels.discard(PROBE_CHANNEL)
    conn.log = quiet
    return answers[0].values if answers and answers[0].name == "queue.declare-ok" else \
        {} if answers else None
