#!/bin/sh
# Versions: Prometheus and promtool 3.5.3 (Debian forky, 3.5.3+ds1-6), Node.js of the system.
# One would guess: promtool check metrics accepts a page that the Prometheus of the same release scrapes. Since release 3 that includes
#   names in quotes, such as {"hma.loops"}, which promtool check rules accepts as well.
# Seen: Prometheus scrapes the page and stores the series. promtool check metrics of the same package fails on it, with "invalid metric
#   name", and so checks nothing of the page.
# Why it matters: a check of an exporter's page in a pipeline rejects what the server takes, as soon as one name has a dot, as names that
#   come from OpenTelemetry do. Check the page with a scrape, or ask for the escaped names: escaping=underscores in the Accept header.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
sh "$here/parts/debian-packages.sh" forky prometheus=3.5.3+ds1-6 promtool=3.5.3+ds1-6
printf '# HELP "hma.loops" Loops that are open.\n# TYPE "hma.loops" gauge\n{"hma.loops",server="EX01"} 1\n' > page.txt
cat > rules.yml <<'YAML'
groups:
  - name: loops
    rules:
      - alert: Loop
        expr: '{"hma.loops"} > 0'
YAML
cat > run.mjs <<'JS'
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
const page = readFileSync("page.txt", "utf8");
const exporter = createServer((_request, response) => {
  response.writeHead(200, { "content-type": "text/plain; version=1.0.0; escaping=allow-utf-8" }).end(page);
}).listen(0, "127.0.0.1");
await once(exporter, "listening");
const scrape = { job_name: "exporter", static_configs: [{ targets: [`127.0.0.1:${exporter.address().port}`] }] };
writeFileSync("prometheus.yml", JSON.stringify({ global: { scrape_interval: "1s", scrape_timeout: "1s" }, scrape_configs: [scrape] }));
const flags = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--web.listen-address=127.0.0.1:0"];
const server = spawn("root/usr/bin/prometheus", flags);
process.on("exit", () => server.kill());
let address;
for await (const line of createInterface(server.stderr)) {
  address ??= /Listening on.*address=(\S+)/.exec(line)?.[1];
  if (address !== undefined && line.includes("Server is ready")) break;
}
async function storedValue() {
  const reply = await fetch(`http://${address}/api/v1/query?query=${encodeURIComponent('{"hma.loops"}')}`);
  return (await reply.json()).data.result[0]?.value[1];
}
let stored;
for (let tries = 0; tries < 300 && stored === undefined; tries += 1) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  stored = await storedValue();
}
const promtool = (words, input) => spawnSync("root/usr/bin/promtool", words, { input, encoding: "utf8" });
const rules = promtool(["check", "rules", "rules.yml"]);
const metrics = promtool(["check", "metrics"], page);
const seen = { stored, rules: rules.status, metrics: metrics.status, names: /invalid metric name "hma.loops"/.test(metrics.stderr) };
console.log(seen, metrics.stderr);
assert.deepEqual(seen, { stored: "1", rules: 0, metrics: 1, names: true });
process.exit(0);
JS
node run.mjs
echo "as described"
