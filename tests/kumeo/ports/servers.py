"""Real servers on free ports of this machine."""

from __future__ import annotations

import secrets
import shutil
import signal
import socket
import subprocess
import time

from kodonb.kumeo.ports.nats.server import binary


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_port(port, process, within=20.0):
    until = time.monotonic() + within
    while time.monotonic() < until:
        assert process.poll() is None, "the server did not start"
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("the server does not answer")


class NatsServer:
    """A NATS server with JetStream, a user and a password; it can be killed and started again with the same store.

    Args:
        folder: Where it keeps everything.
        more: Further settings.
        access: Settings that say who may use it, instead of the user and the password.
    """

    def __init__(self, folder, more="", access=""):
        self.folder = folder
        self.port = free_port()
        self.password = secrets.token_hex(8)
        self.config = folder / "nats.conf"
        self.config.write_text(
            f'listen: 127.0.0.1:{self.port}\nserver_name: test\njetstream {{ store_dir: "{folder / "store"}" }}\n'
            + (access or f"authorization {{ user: tester, password: {self.password} }}\n")
            + more
        )
        self.process = None

    @property
    def url(self):
        return f"nats://tester:{self.password}@127.0.0.1:{self.port}"

    def start(self):
        with (self.folder / "nats.log").open("ab") as log:
            self.process = subprocess.Popen([binary(), "-c", self.config], stdout=log, stderr=log)
        await_port(self.port, self.process)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)


class Mosquitto:
    """An MQTT broker with a user and a password, whose store survives its death."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.password = secrets.token_hex(8)
        words = folder / "passwords"
        subprocess.run(
            ["mosquitto_passwd", "-c", "-b", words, "tester", self.password], check=True, capture_output=True
        )
        words.chmod(0o644)
        self.config = folder / "mosquitto.conf"
        self.config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous false\npassword_file {words}\n"
            f"persistence true\npersistence_location {folder}/\nautosave_on_changes true\nautosave_interval 1\n"
            f"max_queued_messages 0\nuser root\n"
        )
        self.process = None

    @property
    def url(self):
        return f"mqtt://tester:{self.password}@127.0.0.1:{self.port}"

    def start(self):
        with (self.folder / "mosquitto.log").open("ab") as log:
            path = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
            self.process = subprocess.Popen([path, "-c", self.config], stdout=log, stderr=log)
        await_port(self.port, self.process)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
