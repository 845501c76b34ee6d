"""A mail server on this machine: it takes mails, or refuses them at the step it is told to."""

import base64
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class MailServer:
    """`refuses` maps a step (AUTH, MAIL, RCPT, DATA, END) to what it answers; None there: it hangs up."""

    port: int = 0
    mails: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    refuses: dict[str, str | None] = field(default_factory=dict)


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A server that speaks enough SMTP (RFC 5321, AUTH PLAIN of RFC 4616)."""
    served = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 mail.salon.test")
            while line := self.rfile.readline().decode().strip():
                if not self.step(line):
                    return

        def say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

        def step(self, line: str) -> bool:
            word = line.split()[0].upper()
            if word in served.refuses:
                return self.refuse(word)
            if word == "EHLO":
                self.say("250-mail.salon.test")
                self.say("250 AUTH PLAIN")
            elif word == "AUTH":
                served.users.append(base64.b64decode(line.split()[2]).decode())
                self.say("235 welcome")
            elif word == "DATA":
                self.say("354 go on")
                return self.take()
            elif word == "QUIT":
                self.say("221 bye")
                return False
            else:
                self.say("250 ok")
            return True

        def refuse(self, word: str) -> bool:
            told = served.refuses[word]
            if told is None:
                return False
            self.say(told)
            return True

        def take(self) -> bool:
            mail = ""
            while (line := self.rfile.readline().decode()) not in (".\r\n", ""):
                mail += line
            if "END" in served.refuses:
                return self.refuse("END")
            served.mails.append(mail)
            self.say("250 queued")
            return True

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        served.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
