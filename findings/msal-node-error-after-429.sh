#!/bin/sh
# Versions: @azure/msal-node 7.2.3 (npm).
# One would guess: while Entra ID throttles an application, every failed token request of the library reports the same error:
#   error code, AADSTS number and HTTP status of the 429 answer.
# Seen: the first call rejects with errorCode "temporarily_unavailable", errorNo 90055 and status 429. The next calls send nothing
#   for the time of Retry-After, as they should, but reject with errorCode "90055" (the number has become the code) and with
#   neither errorNo nor status.
# Why it matters: a monitor that classifies token failures by errorNo or status sees a throttled application for one run and an
#   unknown failure for all the following ones. Keep the first error, and treat a numeric errorCode as the AADSTS number.
set -eu
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @azure/msal-node@7.2.3
cat > run.mjs <<'JS'
import assert from "node:assert/strict";
import { ConfidentialClientApplication } from "@azure/msal-node";
let sent = 0;
const answer = async () => {
  sent += 1;
  const body = { error: "temporarily_unavailable", error_description: "AADSTS90055: too many requests", error_codes: [90055] };
  return { status: 429, headers: { "retry-after": "60" }, body };
};
const application = new ConfidentialClientApplication({
  auth: {
    clientId: "00000000-0000-0000-0000-000000000000",
    authority: "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000001",
    clientSecret: "example",
  },
  system: { networkClient: { sendGetRequestAsync: answer, sendPostRequestAsync: answer } },
});
const failures = [];
for (let call = 0; call < 3; call += 1) {
  await application.acquireTokenByClientCredential({ scopes: ["https://mail.contoso.example/.default"] }).catch((error) => {
    failures.push({ errorCode: error.errorCode, errorNo: error.errorNo, status: error.status, sent });
  });
}
console.log(failures);
assert.deepEqual({ ...failures[0], errorNo: Number(failures[0].errorNo) }, { errorCode: "temporarily_unavailable", errorNo: 90055, status: 429, sent: 1 });
for (const later of failures.slice(1)) assert.deepEqual(later, { errorCode: "90055", errorNo: undefined, status: undefined, sent: 1 });
JS
node run.mjs
echo "as described"
