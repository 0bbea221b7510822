#!/bin/sh
# Versions: exchangelib 5.6.0 (Debian forky, python3-exchangelib 5.6.0-1) with its dependencies of Debian 12, Python 3.11.
# One would guess: a client of EWS that is refused with 401 and error="invalid_token" gets one new token, tries once more, and then says
#   that it is not authorised.
# Seen: with the retry policy FaultTolerance, which is meant for long-running programs, every 401 is a busy server. The waits double from
#   10 s until one would be longer than max_wait (an hour), which makes ten requests in 85 minutes, and then the error is RateLimitError,
#   without a word of 401. Each refused request costs two new tokens from the token server, also with FailFast, which tries only once.
#   A 401 that closes its connection is a busy server for FailFast, too; one that keeps it open is an UnauthorizedError.
# Why it matters: while a server's keys are stale, such a program looks in IIS like a client in a loop that gets slower and slower, and in
#   the sign-in log of Entra ID like one that signs in twice as often as it asks, with success each time. It notices up to 43 minutes late
#   that the server accepts tokens again. Its own log says that the server asks it to back off: look into the log of IIS instead.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
sh "$here/parts/exchangelib.sh"
cat > run.py <<'PY'
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the token server is on this machine
from exchangelib import OAUTH2, Configuration, FaultTolerance, Identity, OAuth2Credentials, Version
from exchangelib.protocol import BaseProtocol, FailFast, Protocol
from exchangelib.version import EXCHANGE_2019

asked = []
closes = False


class Servers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/token":
            asked.append("token")
            token = {"access_token": str(asked.count("token")), "token_type": "Bearer", "expires_in": 3600}
            return self.answer(200, [("Content-Type", "application/json")], json.dumps(token).encode())
        asked.append(self.headers["Authorization"])
        bearer = 'Bearer client_id="00000002-0000-0ff1-ce00-000000000000", error="invalid_token"'
        headers = [("WWW-Authenticate", bearer), ("WWW-Authenticate", "Negotiate")]
        self.answer(401, headers + [("Connection", "close")] * closes, b"")

    def answer(self, status, headers, body):
        self.send_response(status)
        for header in [*headers, ("Content-Length", str(len(body)))]:
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Servers)
threading.Thread(target=server.serve_forever, daemon=True).start()
origin = f"http://127.0.0.1:{server.server_port}"


class Credentials(OAuth2Credentials):
    token_url = origin + "/token"


def outcome(policy):
    asked.clear()
    Protocol.clear_cache()
    credentials = Credentials("app", "secret", "tenant", Identity(primary_smtp_address="user@contoso.example"))
    endpoint = origin + "/EWS/Exchange.asmx"
    version = Version(build=EXCHANGE_2019)
    config = Configuration(credentials, service_endpoint=endpoint, auth_type=OAUTH2, version=version, retry_policy=policy)
    try:
        Protocol(config=config).resolve_names(["user"])
    except Exception as error:
        return type(error).__name__, str(error).split(" (")[0].split(" for ")[0], " ".join(asked)


seen = {"RETRY_WAIT": BaseProtocol.RETRY_WAIT, "max_wait": FaultTolerance().max_wait, "FailFast": outcome(FailFast())}
closes = True
seen["FailFast, connection closed"] = outcome(FailFast())
closes = False
BaseProtocol.RETRY_WAIT = 1  # seconds instead of minutes: 1, 2, 4
seen["FaultTolerance"] = outcome(FaultTolerance(max_wait=5))
for name, value in seen.items():
    print(name, value)
assert seen == {
    "RETRY_WAIT": 10,
    "max_wait": 3600,
    "FailFast": ("UnauthorizedError", "Invalid credentials", "token Bearer 1 token"),
    "FailFast, connection closed": ("ErrorServerBusy", "Caused by closed connection", "token Bearer 1 token"),
    "FaultTolerance": (
        "RateLimitError",
        "Max timeout reached",
        "token Bearer 1 token token Bearer 3 token token Bearer 5 token token Bearer 7 token",
    ),
}
PY
PYTHONPATH=$work/root/usr/lib/python3/dist-packages timeout 60 /usr/bin/python3 run.py
echo "as described"
