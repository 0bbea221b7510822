#!/bin/sh
# Versions: @azure/msal-node 7.2.3 (npm), Node.js of the system.
# One would guess: acquireTokenByClientCredential() rejects when the answer to its token request is an error of HTTP, whoever sent it.
# Seen: it looks for the field "error" in the JSON alone. A 502 or 407 whose JSON has no such field, as proxies and gateways on the way
#   send it, resolves: accessToken is "" and expiresOn is null. After the 502 the second call sends nothing and rejects with a
#   ServerError whose errorCode is empty; after the 407 every call resolves so.
# Why it matters: a caller that trusts the promise sends "Authorization: Bearer" with nothing behind it. Exchange answers that with its
#   challenge, as it does for a client without a token, so an outage of the proxy looks as if Exchange refused the token. Refuse an
#   empty accessToken yourself.
set -eu
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @azure/msal-node@7.2.3
cat > run.mjs <<'JS'
import assert from "node:assert/strict";
import { ConfidentialClientApplication } from "@azure/msal-node";
async function outcomesOf(status) {
  let sent = 0;
  globalThis.fetch = async () => {
    sent += 1;
    return new Response(JSON.stringify({ message: "upstream not reachable" }), { status, headers: { "content-type": "application/json" } });
  };
  const application = new ConfidentialClientApplication({
    auth: {
      clientId: "00000000-0000-0000-0000-000000000000",
      authority: "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000001",
      clientSecret: "example",
    },
  });
  const outcomes = [];
  for (let call = 0; call < 2; call += 1) {
    const outcome = application.acquireTokenByClientCredential({ scopes: ["https://mail.contoso.example/.default"] });
    outcomes.push(await outcome.then(({ accessToken }) => ({ accessToken }), ({ name, errorCode }) => ({ name, errorCode })));
  }
  return { outcomes, sent };
}
const seen = { badGateway: await outcomesOf(502), proxyAuthentication: await outcomesOf(407) };
console.dir(seen, { depth: 4 });
assert.deepEqual(seen, {
  badGateway: { outcomes: [{ accessToken: "" }, { name: "ServerError", errorCode: "" }], sent: 1 },
  proxyAuthentication: { outcomes: [{ accessToken: "" }, { accessToken: "" }], sent: 2 },
});
JS
node run.mjs
echo "as described"
