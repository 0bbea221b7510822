#!/bin/sh
# Versions: jose 6.2.18 (npm).
# One would guess: createRemoteJWKSet() goes on verifying tokens with the keys it already has while the key server answers 500,
#   and asks again at most once per cooldownDuration.
# Seen: once cacheMaxAge is over, every verification fetches, ignores cooldownDuration, and fails with ERR_JOSE_GENERIC, although
#   the key of the token is in the cache and unchanged. Three tokens are three requests and three failures.
# Why it matters: a front end that verifies tokens this way turns an outage of the key server into an outage of sign-in, and adds
#   one request per token to the load of a server that is already failing. A test double of Exchange, which keeps its keys for the
#   life of a worker process, must hold a local key set instead.
set -eu
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts jose@6.2.18
cat > run.mjs <<'JS'
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";
const { publicKey, privateKey } = await generateKeyPair("RS256");
const keySet = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: "current", alg: "RS256" }] });
let requests = 0;
let isFailing = false;
const server = createServer((_request, response) => {
  requests += 1;
  if (isFailing) response.writeHead(500).end();
  else response.writeHead(200, { "content-type": "application/json" }).end(keySet);
}).listen(0, "127.0.0.1");
await once(server, "listening");
const keys = createRemoteJWKSet(new URL(`http://127.0.0.1:${server.address().port}/`), { cacheMaxAge: 1, cooldownDuration: 600_000 });
const token = await new SignJWT({}).setProtectedHeader({ alg: "RS256", kid: "current" }).setExpirationTime("1h").sign(privateKey);
await jwtVerify(token, keys);
assert.equal(requests, 1);
isFailing = true;
while (keys.fresh) await new Promise((resolve) => setImmediate(resolve));
const outcomes = [];
for (let count = 0; count < 3; count += 1) outcomes.push(await jwtVerify(token, keys).then(() => "verified", ({ code }) => code));
console.log(outcomes, "requests:", requests);
assert.deepEqual(outcomes, ["ERR_JOSE_GENERIC", "ERR_JOSE_GENERIC", "ERR_JOSE_GENERIC"]);
assert.equal(requests, 4);
server.close();
JS
node run.mjs
echo "as described"
