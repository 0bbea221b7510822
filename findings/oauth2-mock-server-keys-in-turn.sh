#!/bin/sh
# Versions: oauth2-mock-server 9.3.0 on Node.js 24.21.0 (npm).
# One would guess: with a second signing key in its store, the mock goes on signing with one of them (the first, or the newest), as
#   Entra ID does between two roll-overs, and its key set has what Entra ID's has: x5t and x5c.
# Seen: tokens are signed with the keys in turn, 0 1 0 1, and the key set holds kty, n, e, kid and alg alone.
# Why it matters: a test of a key roll-over that adds a key sees every second token refused, whatever the code under test does;
#   pass the wanted kid to buildToken(). Exchange finds a key by x5t, so a double of Exchange needs a map of its own from kid to x5t.
set -eu
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund oauth2-mock-server@9.3.0 node@24.21.0
cat > run.mjs <<'JS'
import assert from "node:assert/strict";
import { OAuth2Server } from "oauth2-mock-server";
const server = new OAuth2Server();
await server.issuer.keys.generate("RS256");
await server.issuer.keys.generate("RS256");
await server.start(0, "localhost");
const kidOf = async () => {
  const reply = await fetch(`${server.issuer.url}/token`, { method: "POST", body: new URLSearchParams({ grant_type: "client_credentials" }) });
  const [header] = (await reply.json()).access_token.split(".");
  return JSON.parse(Buffer.from(header, "base64url").toString()).kid;
};
const kids = [await kidOf(), await kidOf(), await kidOf(), await kidOf()];
const { keys } = await (await fetch(`${server.issuer.url}/jwks`)).json();
await server.stop();
const order = kids.map((kid) => [...new Set(kids)].indexOf(kid));
console.log("keys that signed:", order, "fields of a key:", Object.keys(keys[0]));
assert.deepEqual(order, [0, 1, 0, 1]);
assert.deepEqual(Object.keys(keys[0]).sort(), ["alg", "e", "kid", "kty", "n"]);
JS
node_modules/.bin/node run.mjs
echo "as described"
