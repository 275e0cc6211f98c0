"""A broker with a configuration of its own, for suites that are about what is configured."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading

import harness

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LEVERET = os.environ.get("LEVERET", os.path.join(ROOT, "build", "leveret"))
START_SECONDS = 20
STOP_SECONDS = 30


class OwnBroker:
    """`toml` is the configuration, `{home}` in it a directory of the broker's own. Listens on free
    ports, those of TLS and HTTPS as well if the configuration says so."""

    def __init__(self, toml="", variables=None, home=None, flags=()):
        self.home = home or tempfile.mkdtemp(prefix="leveret-own-")
        self.config = os.path.join(self.home, "leveret.toml")
        self.write_config(toml)
        self.lines = []
        self.ports = {}
        self._ready = threading.Event()
        self.process = subprocess.Popen(
            [LEVERET, "serve", "--config", self.config, "--data-dir",
             os.path.join(self.home, "data"), "--amqp-listen", "127.0.0.1:0", "--http-listen",
             "127.0.0.1:0", *flags],
            env=dict(os.environ, **(variables or {})), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        threading.Thread(target=self._read, daemon=True).start()
        if not self._ready.wait(START_SECONDS) or not self.ports:
            self.process.kill()
            raise AssertionError("the broker did not start: " + "".join(self.lines[-20:]))

    def write_config(self, toml):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(toml.replace("{home}", self.home))

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            if "Server startup complete" in line and not self.ports:
                self.ports = {protocol: int(port) for protocol, port
                              in re.findall(r"(\S+) 127\.0\.0\.1:(\d+)", line)}
                self._ready.set()
        self._ready.set()  # it ended

    def says(self, words, after=0):
        """Waits for a line of the log with these words, and returns it."""
        def found():
            return next((line for line in self.lines[after:] if words in line), None)
        return harness.wait_until(found, f"the log says {words!r}; it says: "
                                  + "".join(self.lines[-5:]))

    def hang_up(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        """Returns the exit code, and leaves nothing behind."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            shutil.rmtree(self.home, ignore_errors=True)
