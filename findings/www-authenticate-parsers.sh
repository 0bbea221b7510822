#!/bin/sh
# Versions: auth-header 1.0.0, www-authenticate 0.6.3, http-auth-utils 6.0.1 (npm), Node.js of the system.
# One would guess: a parser of the WWW-Authenticate header finds the Bearer challenge in what an Exchange server with Hybrid Modern
#   Authentication answers: one header line for Bearer, one for Basic or Negotiate. Node.js gives the two joined by ", ".
# Seen: no parser of the three does. auth-header makes one challenge of the two: the scheme of the first, the parameters of both, and
#   the name of the second scheme as its token. With Basic in front, as a server with AD FS answers, there is no Bearer left.
#   www-authenticate makes a parameter called "Bearer client_id". http-auth-utils refuses the Bearer challenge alone, since client_id,
#   trusted_issuers and token_types are not parameters of RFC 6750 (E_UNAUTHORIZED_KEY).
# Why it matters: a probe that asks whether a server offers Bearer, and to which authorization_uri it sends its clients, answers "no
#   Bearer" or names the wrong scheme for healthy servers. Take the header lines apart first (headersDistinct), then split at commas
#   outside quotes.
set -eu
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts auth-header@1.0.0 www-authenticate@0.6.3 http-auth-utils@6.0.1
cat > run.mjs <<'JS'
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get } from "node:http";
import { parse } from "auth-header";
import { parseWWWAuthenticateHeader } from "http-auth-utils";
import wwwAuthenticate from "www-authenticate";
const parameters = [
  'client_id="00000002-0000-0ff1-ce00-000000000000"',
  'trusted_issuers="00000001-0000-0000-c000-000000000000@11111111-1111-1111-1111-111111111111"',
  'token_types="app_asserted_user_v1 service_asserted_app_v1"',
  'authorization_uri="https://login.windows.net/common/oauth2/authorize"',
];
const bearer = `Bearer ${parameters.join(", ")}`;
const basic = 'Basic realm="mail.contoso.example"';
const server = createServer((request, response) => {
  response.setHeader("WWW-Authenticate", request.url === "/basic-first" ? [basic, bearer] : [bearer, basic]).writeHead(401).end();
}).listen(0, "127.0.0.1");
await once(server, "listening");
async function headerOf(path) {
  const [response] = await once(get({ port: server.address().port, path }), "response");
  response.resume();
  return response.headers["www-authenticate"];
}
const codeOf = (act) => { try { act(); return "parsed"; } catch (error) { return error.code; } };
const bearerFirst = await headerOf("/bearer-first");
const basicFirst = await headerOf("/basic-first");
server.close();
const one = parse(bearerFirst);
const other = parse(basicFirst);
const seen = {
  joined: bearerFirst === `${bearer}, ${basic}`,
  authHeader: [one.scheme, one.token, one.params.realm],
  authHeaderBasicFirst: [other.scheme, other.token, "authorization_uri" in other.params],
  wwwAuthenticate: Object.keys(new wwwAuthenticate.parsers.WWW_Authenticate(basicFirst).parms).slice(0, 2),
  httpAuthUtils: codeOf(() => parseWWWAuthenticateHeader(bearer)),
};
console.log(seen);
assert.deepEqual(seen, {
  joined: true,
  authHeader: ["Bearer", "Basic", "mail.contoso.example"],
  authHeaderBasicFirst: ["Basic", "Bearer", true],
  wwwAuthenticate: ["realm", "Bearer client_id"],
  httpAuthUtils: "E_UNAUTHORIZED_KEY",
});
JS
node run.mjs
echo "as described"
