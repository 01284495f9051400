"""A mail server of a test's own, on a free loopback port: it takes mails, refuses them, or keeps its sender waiting."""

import email
import email.policy
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

OK = "250 Done."


@dataclass
class MailServer:
    """What the server did and is to do.

    ``refusals`` maps a command, or an address, to the answer it gets instead. ``holds`` names a command, or "." for the
    end of a mail, that gets no answer until ``release``: ``held`` tells that a sender waits there.
    """

    port: int = 0
    taken: list = field(default_factory=list)  # (address, message), in the order in which they were taken
    refusals: dict[str, str] = field(default_factory=dict)
    connections: int = 0
    holds: str = ""
    held: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def readers(self) -> list[str]:
        return [address for address, _message in self.taken]

    def wait_at(self, command: str):
        if command == self.holds:
            self.held.set()
            self.released.wait(60)

    def release(self):
        self.holds = ""
        self.released.set()


class Session(socketserver.StreamRequestHandler):
    """One connection, as RFC 5321 has it, as far as a sender without an account needs it."""

    def say(self, line: str):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        self.mails = self.server.mails
        self.mails.connections += 1
        self.say(self.mails.refusals.get("CONNECT", "220 A test's own mail server."))
        self.address = ""
        while line := self.rfile.readline().decode().strip():
            if not self.obey(line):
                return

    def obey(self, line: str) -> bool:
        """Answers one command. False when the connection ends."""
        command = line.split()[0].upper()
        self.mails.wait_at(command)
        address = line.partition("<")[2].partition(">")[0]
        refusal = self.mails.refusals.get(command) or (command == "RCPT" and self.mails.refusals.get(address))
        if refusal:
            self.say(refusal)
            return not refusal.startswith("421")
        if command == "RCPT":
            self.address = address
        if command == "DATA":
            return self.take()
        self.say("221 Bye." if command == "QUIT" else OK)
        return command != "QUIT"

    def take(self) -> bool:
        """Takes a mail; it counts as taken once the server decides so, whether or not its answer is heard."""
        self.say("354 Go on.")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.mails.taken.append((self.address, email.message_from_bytes(b"".join(lines), policy=email.policy.default)))
        self.mails.wait_at(".")
        self.say(OK)
        return True


class Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        """A sender that was killed leaves its connection broken: nothing to report."""


@contextmanager
def mail_server(port: int = 0):
    """Yields a running ``MailServer``."""
    with Listener(("127.0.0.1", port), Session) as listener:
        mails = listener.mails = MailServer(port=listener.server_address[1])
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield mails
        finally:
            mails.release()
            listener.shutdown()
            thread.join()
