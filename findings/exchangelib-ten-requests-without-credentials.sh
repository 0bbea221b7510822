#!/bin/sh
# Versions: exchangelib 5.6.0 (Debian forky, python3-exchangelib 5.6.0-1) with its dependencies of Debian 12, Python 3.11.
# One would guess: a program that has a user name and a password, and no setting of the kind of authentication, asks the server once, and
#   says that it does not support what the server offers when that is Bearer and Negotiate.
# Seen: it asks ten times without credentials, once for each version of the EWS schema that it knows, although the first answer has told
#   all. Then it ends with "Failed to get auth type from service", which does not name what was offered. Where Basic is offered as well it
#   asks once. Bearer in WWW-Authenticate is known to it in no case.
# Why it matters: the day Basic and NTLM are turned off for Hybrid Modern Authentication, each run of such a script leaves ten 401s within
#   a second in the log of IIS, and never an Authorization header. That looks like a client that asks and asks for a token without using
#   it, but there is no token: give the script OAuth2Credentials, with which it does not ask at all.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
sh "$here/parts/exchangelib.sh"
cat > run.py <<'PY'
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from exchangelib import UTC, Account, Configuration, Credentials

BEARER = 'Bearer client_id="00000002-0000-0ff1-ce00-000000000000", authorization_uri="https://login.windows.net/common/oauth2/authorize"'
asked = []
offered = []


class Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        asked.append((self.headers.get("Authorization", "-").split()[0], body.split('RequestServerVersion Version="')[1].split('"')[0]))
        self.send_response(401)
        for challenge in offered:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Exchange)
threading.Thread(target=server.serve_forever, daemon=True).start()


def outcome(user, *challenges):
    asked.clear()
    offered[:] = challenges
    endpoint = f"http://127.0.0.1:{server.server_port}/EWS/Exchange.asmx"
    config = Configuration(Credentials(user, "password"), service_endpoint=endpoint)
    try:
        Account("user@contoso.example", config=config, autodiscover=False, default_timezone=UTC).root.refresh()
    except Exception as error:
        schemes = " ".join(scheme for scheme, _ in asked)
        return type(error).__name__, str(error).split(" for ")[0], schemes, len({version for _, version in asked})


seen = {
    "Bearer, Negotiate": outcome("contoso\\one", BEARER, "Negotiate"),
    "Bearer, Basic": outcome("contoso\\two", BEARER, 'Basic realm="mail.contoso.example"'),
}
for name, value in seen.items():
    print(name, value)
assert seen == {
    "Bearer, Negotiate": ("TransportError", "Failed to get auth type from service", "- - - - - - - - - -", 10),
    "Bearer, Basic": ("UnauthorizedError", "Invalid credentials", "- Basic", 1),
}
PY
PYTHONPATH=$work/root/usr/lib/python3/dist-packages timeout 60 /usr/bin/python3 run.py
echo "as described"
