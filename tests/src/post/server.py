"""A server of mail for tests. Says on standard output, a line of JSON each, at which port it is and what it takes.

What it does with a mail is up to whom it is for: nobody is `gone@`, `busy-once@` is not there the first time, nothing is
taken for `never@`, and `slow@` takes longer than anybody waits.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Box:
    def __init__(self):
        self.busy = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        local = address.split("@")[0]
        if local == "gone":
            return "550 5.1.1 nobody is here <secret words of the server>"
        if local == "busy-once" and address not in self.busy:
            self.busy.add(address)
            return "451 4.3.0 later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        locals_ = {address.split("@")[0] for address in envelope.rcpt_tos}
        if "never" in locals_:
            return "554 5.6.0 not this one"
        if "slow" in locals_:
            await asyncio.sleep(600)
        mail = email.message_from_bytes(envelope.content, policy=email.policy.SMTP)
        part = lambda kind: mail.get_body((kind,)).get_content()
        say(
            {
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "headers": {name.lower(): str(value) for name, value in mail.items()},
                "text": part("plain"),
                "html": part("html"),
                "encrypted": server.transport.get_extra_info("ssl_object") is not None,
                "authenticated": session.authenticated,
            }
        )
        return "250 OK"


def say(what):
    print(json.dumps(what), flush=True)


async def main(options):
    context = None
    if options.get("certificate"):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options["certificate"], options["key"])
    implicit = options.get("encryption") == "implicit"
    wanted = options.get("user"), options.get("password")

    def known(server, session, envelope, mechanism, data):
        given = data.login.decode(), data.password.decode()
        return AuthResult(success=given == wanted, handled=False)

    box, loop = Box(), asyncio.get_running_loop()

    def connection():
        return SMTP(
            box,
            hostname="mail.test",
            tls_context=None if implicit else context,
            require_starttls=bool(context) and not implicit,
            authenticator=known,
            auth_required=bool(options.get("user")),
            auth_require_tls=False,
            loop=loop,
        )

    tls = context if implicit else None
    port = options.get("port", 0)
    server = await loop.create_server(connection, "127.0.0.1", port, ssl=tls)
    say({"port": server.sockets[0].getsockname()[1]})
    # Whoever started it has gone when there is nothing more to read.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main(json.loads(sys.argv[1])))
