#!/bin/sh
# Versions: Alertmanager 0.33.1 (Debian forky, prometheus-alertmanager 0.33.1-5), Node.js of the system.
# One would guess: an alert that --alerts.per-alertname-limit refuses is an error for its sender, and not one of the alerts received.
# Seen: the answer is 200 with an empty body, for a request that has refused alerts alone as well. alertmanager_alerts_received_total
#   counts them and alertmanager_alerts_invalid_total does not. Only alertmanager_alerts_limited_total, without a label by default, and
#   a warning in the log that names no label but alertname, tell of them. As soon as one of the known alerts is resolved, the next one
#   sent gets in.
# Why it matters: an alert per server has one name for all of them. In an outage of the whole farm the first servers that report fill the
#   limit, nobody is called for the others, and prometheus_notifications_errors_total of the Prometheus that sent them stays 0. Set the
#   limit above the number of servers, and alert on an increase of alertmanager_alerts_limited_total.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
sh "$here/parts/debian-packages.sh" forky prometheus-alertmanager=0.33.1-5
printf 'route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n' > alertmanager.yml
cat > run.mjs <<'JS'
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
const files = ["--config.file=alertmanager.yml", "--storage.path=data"];
const listen = ["--web.listen-address=127.0.0.1:0", "--cluster.listen-address="];
const alertmanager = spawn("root/usr/bin/prometheus-alertmanager", [...files, ...listen, "--alerts.per-alertname-limit=2"]);
process.on("exit", () => alertmanager.kill());
let address;
for await (const line of createInterface(alertmanager.stderr)) {
  address = /Listening on.*address=(\S+)/.exec(line)?.[1];
  if (address !== undefined) break;
}
async function send(servers, more) {
  const body = JSON.stringify(servers.map((server) => ({ labels: { alertname: "Loop", server }, ...more })));
  const reply = await fetch(`http://${address}/api/v2/alerts`, { method: "POST", headers: { "content-type": "application/json" }, body });
  return { status: reply.status, text: await reply.text() };
}
async function known() {
  const alerts = await (await fetch(`http://${address}/api/v2/alerts`)).json();
  return alerts.map(({ labels }) => labels.server).sort();
}
const seen = { farm: await send(["EX01", "EX02", "EX03", "EX04"]), afterFarm: await known(), refusedAlone: await send(["EX03"]) };
await send(["EX01"], { startsAt: new Date(Date.now() - 1000).toISOString(), endsAt: new Date().toISOString() });
await send(["EX03"]);
seen.afterOneWasResolved = await known();
const metrics = await (await fetch(`http://${address}/metrics`)).text();
const valueOf = (series) => Number(metrics.split("\n").find((line) => line.startsWith(`${series} `))?.slice(series.length));
seen.received = valueOf('alertmanager_alerts_received_total{status="firing",version="v2"}');
seen.invalid = valueOf('alertmanager_alerts_invalid_total{version="v2"}');
seen.limited = valueOf("alertmanager_alerts_limited_total");
console.log(seen);
assert.deepEqual(seen, {
  farm: { status: 200, text: "" },
  afterFarm: ["EX01", "EX02"],
  refusedAlone: { status: 200, text: "" },
  afterOneWasResolved: ["EX02", "EX03"],
  received: 6,
  invalid: 0,
  limited: 3,
});
process.exit(0);
JS
node run.mjs
echo "as described"
