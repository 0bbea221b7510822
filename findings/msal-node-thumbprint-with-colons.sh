#!/bin/sh
# Versions: @azure/msal-node 7.2.3 (npm).
# One would guess: a SHA-1 thumbprint written with colons, as openssl prints it, is either understood or refused.
# Seen: it is accepted without an error, and the signed assertion carries x5t "AA": everything behind the first colon is dropped,
#   one byte of twenty is left. Without colons x5t has all twenty bytes.
# Why it matters: Entra ID then finds no certificate for the assertion and refuses it (AADSTS700027), which looks like a
#   certificate that was not uploaded. Compute the thumbprint from the certificate, or take the colons out, and check its length.
set -eu
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @azure/msal-node@7.2.3
cat > run.mjs <<'JS'
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { ConfidentialClientApplication } from "@azure/msal-node";
const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
async function x5tOf(thumbprint) {
  let body = "";
  const post = async (_url, options) => {
    body = options.body;
    return { status: 200, headers: {}, body: { access_token: "example", expires_in: 3600, token_type: "Bearer" } };
  };
  const application = new ConfidentialClientApplication({
    auth: {
      clientId: "00000000-0000-0000-0000-000000000000",
      authority: "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000001",
      clientCertificate: { thumbprint, privateKey },
    },
    system: { networkClient: { sendGetRequestAsync: post, sendPostRequestAsync: post } },
  });
  await application.acquireTokenByClientCredential({ scopes: ["https://mail.contoso.example/.default"] });
  const [header] = new URLSearchParams(body).get("client_assertion").split(".");
  return Buffer.from(JSON.parse(Buffer.from(header, "base64url").toString()).x5t, "base64url").length;
}
const plain = "00112233445566778899AABBCCDDEEFF00112233";
const bytes = { plain: await x5tOf(plain), colons: await x5tOf(plain.match(/../g).join(":")) };
console.log("bytes of x5t:", bytes);
assert.deepEqual(bytes, { plain: 20, colons: 1 });
JS
node run.mjs
echo "as described"
