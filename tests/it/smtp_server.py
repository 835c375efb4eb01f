"""A mail server on loopback for the tests: aiosmtpd, and some bad days.

Arguments: one JSON object. It prints its port, and then one JSON object for every mail it takes.
  tls       "none" | "starttls" | "implicit"; with cert and key (files)
  user, password   whom to let in; without them nobody needs to log in
  refuse    recipients that are refused, for ever
  weather   "fair" | "greylist" (every recipient: try later) | "full" (the message: try later)
            | "drop-at-data" (dies before the message) | "drop-after-data" (dies after it, not taken)
            | "stall" (never answers the message) | "echo" (repeats what it was told, secrets too)
It ends when its standard input does.
"""

import asyncio
import json
import ssl
import sys
from email import message_from_bytes, policy

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

settings = json.loads(sys.argv[1])
weather = settings.get("weather", "fair")


def read(content):
    """A mail as another program reads it: its header lines, and the text of each of its parts."""
    mail = message_from_bytes(content, policy=policy.default)
    texts = [part for part in mail.walk() if not part.is_multipart()]
    return {
        "header": [[name, str(value)] for name, value in mail.items()],
        "parts": [[part.get_content_type(), part.get_content().replace("\r\n", "\n")] for part in texts],
    }


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in settings.get("refuse", []):
            return "550 5.1.1 <%s>: Recipient address rejected: no such user here" % address
        if weather == "greylist":
            return "450 4.2.0 Greylisted, come back in 5 minutes"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope: Envelope):
        if weather == "full":
            return "452 4.3.1 Insufficient system storage"
        if weather == "stall":
            await asyncio.sleep(3600)
        if weather == "drop-after-data":
            server.transport.abort()
            return "421 gone"
        taken = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "user": getattr(session.auth_data, "login", b"").decode() if session.auth_data else None,
            "tls": session.ssl is not None,
            "mail": envelope.content.decode("utf-8", "surrogateescape"),
            "read": read(envelope.content),
        }
        print(json.dumps(taken), flush=True)
        return "250 2.0.0 OK: queued"


class Server(SMTP):
    async def smtp_DATA(self, arg):
        if weather == "drop-at-data":
            self.transport.abort()
            return
        await super().smtp_DATA(arg)

    async def smtp_AUTH(self, arg):
        if weather == "echo":
            await self.push("535 5.7.8 cannot use " + str(arg))
            return
        await super().smtp_AUTH(arg)


def authenticate(server, session, envelope, mechanism, auth_data):
    if not isinstance(auth_data, LoginPassword):
        return AuthResult(success=False, handled=False)
    login, password = auth_data.login.decode(), auth_data.password.decode()
    if (login, password) == (settings["user"], settings["password"]):
        return AuthResult(success=True, auth_data=auth_data)
    return AuthResult(success=False, handled=False, message="535 5.7.8 Username and Password not accepted for " + login)


def certificate():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings["cert"], settings["key"])
    return context


def connection():
    tls = settings.get("tls", "none")
    return Server(
        Handler(),
        hostname="mail.test",
        tls_context=certificate() if tls == "starttls" else None,
        require_starttls=tls == "starttls",
        authenticator=authenticate if "user" in settings else None,
        auth_required="user" in settings,
        auth_require_tls=tls == "starttls",
        enable_SMTPUTF8=False,
    )


async def main():
    implicit = certificate() if settings.get("tls") == "implicit" else None
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        connection, "127.0.0.1", settings.get("port", 0), ssl=implicit
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
