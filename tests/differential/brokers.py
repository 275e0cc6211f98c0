"""Starts and stops the two brokers that are compared, on free ports of 127.0.0.1.

RabbitMQ runs as an instance beside the one the system may run: own node name, ports, data and
epmd. Whatever is started here is ended by the pid it was started with, on every way out.
"""

import os
import pwd
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

RABBITMQ_SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server"
START_SECONDS = 150
EXCHANGE_PLUGINS = [f"rabbitmq_{name}" for name in (
    "consistent_hash_exchange", "random_exchange", "recent_history_exchange", "sharding")]


class BrokerFailed(Exception):
    """A broker did not start; the text says why."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _end(process, group=False):
    """Ends a process started here, and its group when it leads one."""
    if process is None:
        return
    try:
        if group:
            os.killpg(process.pid, signal.SIGKILL)
        elif process.poll() is None:
            process.kill()
    except (ProcessLookupError, PermissionError):
        pass
    process.wait()


class RabbitMq:
    """Debian's rabbitmq-server, with the plugins of its exchange types and those that are named."""

    name = "RabbitMQ"

    def __init__(self, plugins=(), settings=""):
        self._plugins = plugins
        self._settings = settings
        self.address = ("127.0.0.1", free_port())
        self._node = None
        self._epmd = None
        self._log = None
        self._user = None
        if os.geteuid() == 0:
            self._user = pwd.getpwnam("rabbitmq")
        self._home = tempfile.mkdtemp(prefix="differential-rabbitmq-")
        os.chmod(self._home, 0o755)

    def _own(self, path):
        if self._user:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _write(self, name, text):
        path = os.path.join(self._home, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self._own(path)
        return path

    def start(self):
        epmd_port, distribution_port = free_port(), free_port()
        for folder in ("data", "log"):
            path = os.path.join(self._home, folder)
            os.mkdir(path)
            self._own(path)
        self._own(self._home)
        # The limit on message size is that of RabbitMQ 4: the same message is too large for both.
        config = self._write("rabbitmq.conf", f"""
listeners.tcp.1 = 127.0.0.1:{self.address[1]}
max_message_size = 16777216
log.console = true
log.console.level = error
log.file = false
{self._settings}
""")
        plugins = self._write("enabled_plugins",
                              f"[{','.join((*EXCHANGE_PLUGINS, *self._plugins))}].\n")
        environment_file = self._write("rabbitmq-env.conf", "")
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": self._home, "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(epmd_port), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"differential{os.getpid()}@localhost",
            "RABBITMQ_DIST_PORT": str(distribution_port),
            "RABBITMQ_MNESIA_BASE": os.path.join(self._home, "data"),
            "RABBITMQ_LOG_BASE": os.path.join(self._home, "log"), "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": config, "RABBITMQ_CONF_ENV_FILE": environment_file,
            "RABBITMQ_ADVANCED_CONFIG_FILE": os.path.join(self._home, "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": plugins,
            "RABBITMQ_PID_FILE": os.path.join(self._home, "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none",
        }
        user = {}
        if self._user:
            user = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        self._log = open(os.path.join(self._home, "console.log"), "wb")
        common = {"stdin": subprocess.DEVNULL, "stdout": self._log, "stderr": subprocess.STDOUT,
                  "env": environment, "cwd": self._home, **user}
        self._epmd = subprocess.Popen(["epmd", "-port", str(epmd_port), "-address", "127.0.0.1"],
                                      **common)
        self._node = subprocess.Popen([RABBITMQ_SERVER], start_new_session=True, **common)

    def wait_until_serving(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if _greets(self.address):
                return
            try:
                self._node.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            raise BrokerFailed("RabbitMQ ended while starting:\n" + self._console())
        raise BrokerFailed("RabbitMQ did not serve in time:\n" + self._console())

    def _console(self):
        with open(self._log.name, encoding="utf-8", errors="replace") as file:
            return file.read()[-4000:]

    def stop(self):
        _end(self._node, group=True)
        _end(self._epmd)
        self._node = self._epmd = None
        if self._log:
            self._log.close()
        shutil.rmtree(self._home, ignore_errors=True)


class Leveret:
    """The broker under test."""

    name = "Leveret"

    def __init__(self, binary):
        self._binary = binary
        self._process = None
        self._home = tempfile.mkdtemp(prefix="differential-leveret-")
        self._log = None
        self.address = None

    def start(self):
        if not os.access(self._binary, os.X_OK):
            raise BrokerFailed(f"no executable {self._binary}")
        self._log = open(os.path.join(self._home, "log"), "wb")
        self._process = subprocess.Popen(
            [self._binary, "serve", "--amqp-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0",
             "--data-dir", os.path.join(self._home, "data"), "--log-level", "warning"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def wait_until_serving(self):
        deadline = time.monotonic() + START_SECONDS
        said = b""
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self._process.stdout], [], [], 0.2)
            octets = os.read(self._process.stdout.fileno(), 65536) if ready else b""
            if ready and not octets:
                break
            said += octets
            found = re.search(rb"Server startup complete; amqp ([0-9.]+):([0-9]+)", said)
            if found:
                self._log.write(said)
                threading.Thread(target=self._drain, daemon=True).start()
                self.address = (found[1].decode(), int(found[2]))
                return
        raise BrokerFailed("Leveret did not serve:\n" + said.decode(errors="replace")[-4000:])

    def _drain(self):
        """Takes what the broker writes, so that its pipe never fills."""
        while True:
            octets = os.read(self._process.stdout.fileno(), 65536)
            if not octets:
                return
            self._log.write(octets)
            self._log.flush()

    def last_words(self):
        """What the broker wrote last and how it ended; nothing while it runs."""
        if self._process.poll() is None:
            return ""
        with open(self._log.name, encoding="utf-8", errors="replace") as file:
            return file.read()[-4000:] + f"\n(ended with {self._process.returncode})"

    def stop(self):
        _end(self._process)
        self._process = None
        shutil.rmtree(self._home, ignore_errors=True)


class Running:
    """A broker somebody else started."""

    def __init__(self, name, address):
        host, _, port = address.rpartition(":")
        self.name, self.address = name, (host or "127.0.0.1", int(port))

    def start(self):
        pass

    def wait_until_serving(self):
        if not _greets(self.address):
            raise BrokerFailed(f"{self.name} does not answer at {self.address}")

    def stop(self):
        pass


def _greets(address):
    """Whether connection.start comes."""
    try:
        with socket.create_connection(address, timeout=2) as probe:
            probe.settimeout(5)
            probe.sendall(b"AMQP\x00\x00\x09\x01")
            return probe.recv(4096)[:1] == b"\x01"
    except OSError:
        return False
