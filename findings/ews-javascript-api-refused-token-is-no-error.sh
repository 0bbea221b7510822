#!/bin/sh
# Versions: ews-javascript-api 0.15.3 (npm), Node.js of the system.
# One would guess: a call that the server answers with 401, 429 or 503 rejects with an Error that has a code for each of them.
# Seen: it rejects with a SoapFaultDetails, although there was no SOAP fault, which is no instance of Error. For all three its errorCode is
#   NoError and its responseCode ErrorInternalServerError; the library's own ServiceRequestUnauthorizedException is not thrown but hangs
#   on the property Exception. Only HttpStatusCode tells them apart. Retry-After stands in no error, only in HttpResponseHeaders of the
#   service, until the next answer. A real fault of a busy server has responseCode ErrorServerBusy, and errorCode NoError as well.
# Why it matters: ErrorInternalServerError is the code that programs of EWS try again. A program that does so sends a refused token again
#   and again, which is the loop seen in IIS, and one that catches instances of Error alone ends. Look at HttpStatusCode first: get another
#   token at 401, and wait for Retry-After at 429 and 503.
set -eu
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts ews-javascript-api@0.15.3
cat > run.mjs <<'JS'
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import ews from "ews-javascript-api";
const schema = "http://schemas.microsoft.com/exchange/services/2006";
const fault = [
  '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>',
  `<faultcode xmlns:a="${schema}/types">a:ErrorServerBusy</faultcode><faultstring xml:lang="en-US">Try again later.</faultstring>`,
  `<detail><e:ResponseCode xmlns:e="${schema}/errors">ErrorServerBusy</e:ResponseCode>`,
  `<e:Message xmlns:e="${schema}/errors">Try again later.</e:Message></detail></s:Fault></s:Body></s:Envelope>`,
].join("");
const bearer = 'Bearer client_id="00000002-0000-0ff1-ce00-000000000000", error="invalid_token"';
const answers = {
  401: (response) => response.writeHead(401, { "WWW-Authenticate": [bearer, "Negotiate"] }).end(),
  429: (response) => response.writeHead(429, { "Retry-After": "30" }).end(),
  503: (response) => response.writeHead(503, { "Retry-After": "30" }).end(),
  500: (response) => response.writeHead(500, { "Content-Type": "text/xml; charset=utf-8" }).end(fault),
};
const seen = {};
for (const [status, answer] of Object.entries(answers)) {
  const server = createServer((request, response) => request.resume().on("end", () => answer(response))).listen(0, "127.0.0.1");
  await once(server, "listening");
  const service = new ews.ExchangeService(ews.ExchangeVersion.Exchange2016);
  service.Url = new ews.Uri(`http://127.0.0.1:${server.address().port}/EWS/Exchange.asmx`);
  service.Credentials = new ews.OAuthCredentials("header.payload.signature");
  const error = await ews.Folder.Bind(service, ews.WellKnownFolderName.Inbox).then(() => assert.fail("served"), (reason) => reason);
  seen[status] = [
    error.constructor.name, error instanceof Error, error.HttpStatusCode,
    ews.ServiceError[error.errorCode], ews.ServiceError[error.responseCode], error.Exception?.constructor.name,
    JSON.stringify(error).includes("30"), service.HttpResponseHeaders.objects["retry-after"],
  ];
  server.close();
  server.closeAllConnections();
}
console.log(seen);
const codes = ["NoError", "ErrorInternalServerError"];
assert.deepEqual(seen, {
  401: ["SoapFaultDetails", false, 401, ...codes, "ServiceRequestUnauthorizedException", false, undefined],
  429: ["SoapFaultDetails", false, 429, ...codes, undefined, false, "30"],
  503: ["SoapFaultDetails", false, 503, ...codes, undefined, false, "30"],
  500: ["SoapFaultDetails", false, 500, "NoError", "ErrorServerBusy", undefined, false, undefined],
});
process.exit(0);
JS
node run.mjs
echo "as described"
