#!/bin/sh
# Versions: blackbox_exporter 0.23.0 (Debian 12, prometheus-blackbox-exporter 0.23.0-4+b4), Node.js of the system.
# One would guess: a module with fail_if_header_matches fails when the header is there and matches, so an answer without the header passes.
# Seen: it fails when the header is missing, with probe_failed_due_to_regex 1, as if the expression had matched. It passes only with
#   allow_missing: true, although the option is about a match that must not be.
# Why it matters: Exchange sends x-ms-diagnostics only when it refuses a token. A probe that is to alert on invalid_signature in it alerts
#   on every healthy server, and the metric names the regular expression as the reason.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
sh "$here/parts/debian-packages.sh" bookworm prometheus-blackbox-exporter=0.23.0-4+b4
cat > run.mjs <<'JS'
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
const diagnostics = '2000005;reason="The token has an invalid signature.";error_category="invalid_signature"';
const exchange = createServer((request, response) => {
  response.writeHead(401, request.url === "/refused" ? { "x-ms-diagnostics": diagnostics } : {}).end();
}).listen(0, "127.0.0.1");
await once(exchange, "listening");
const rule = (more) => ({ header: "X-Ms-Diagnostics", regexp: "invalid_signature", ...more });
const module = (more) => ({
  prober: "http",
  http: { preferred_ip_protocol: "ip4", valid_status_codes: [401], fail_if_header_matches: [rule(more)] },
});
writeFileSync("blackbox.yml", JSON.stringify({ modules: { plain: module({}), allow_missing: module({ allow_missing: true }) } }));
const exporter = spawn("root/usr/bin/prometheus-blackbox-exporter", ["--config.file=blackbox.yml", "--web.listen-address=127.0.0.1:0"]);
process.on("exit", () => exporter.kill());
let address;
for await (const line of createInterface(exporter.stderr)) {
  address = /Listening on.*address=(\S+)/.exec(line)?.[1];
  if (address !== undefined) break;
}
async function probe(name, path) {
  const target = `http://127.0.0.1:${exchange.address().port}${path}`;
  const page = await (await fetch(`http://${address}/probe?module=${name}&target=${encodeURIComponent(target)}`)).text();
  const valueOf = (metric) => Number(new RegExp(`^${metric} (\\S+)$`, "m").exec(page)?.[1]);
  return { success: valueOf("probe_success"), regex: valueOf("probe_failed_due_to_regex") };
}
const seen = {
  refused: await probe("plain", "/refused"),
  healthy: await probe("plain", "/healthy"),
  healthyAllowMissing: await probe("allow_missing", "/healthy"),
};
console.log(seen);
assert.deepEqual(seen, {
  refused: { success: 0, regex: 1 },
  healthy: { success: 0, regex: 1 },
  healthyAllowMissing: { success: 1, regex: 0 },
});
process.exit(0);
JS
node run.mjs
echo "as described"
