#!/bin/sh
# Versions: HAProxy 2.6.12 (Debian 12, haproxy 2.6.12-1+deb12u4), Node.js of the system.
# One would guess: a server whose health check fails, which is put into maintenance and then made ready, is down until its check has
#   passed "rise" times, as it is after a drain.
# Seen: no check runs during maintenance and the check's last result is forgotten. "set server ... state ready" makes the server up at
#   once, one failure short of down, and it takes traffic until its next check ends. After a drain it is down as before: the checks went
#   on meanwhile.
# Why it matters: a gate that holds a server back by its health check holds it back after a drain but not after maintenance, and
#   maintenance is when an Exchange server is updated and its worker processes are cold. The window is as long as "inter", and is seen
#   by nobody who watches checks alone. Drain such a server instead, or make it ready only when its check passes by hand.
set -eu
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
apt-get download -qq haproxy=2.6.12-1+deb12u4 2>/dev/null
dpkg -x haproxy_*.deb haproxy
cat > run.mjs <<'JS'
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, get } from "node:http";
import { connect } from "node:net";
const checks = new EventEmitter();
let held; // answers of checks that wait, so that no check ends while the state after maintenance is read
const exchange = createServer((request, response) => {
  if (request.url !== "/healthcheck.htm") response.writeHead(401).end();
  else if (held !== undefined) held.push(response.writeHead(503));
  else response.writeHead(503).end(() => checks.emit("check"));
}).listen(0, "127.0.0.1");
await once(exchange, "listening");
writeFileSync("haproxy.cfg", `global
  stats socket ${process.cwd()}/socket mode 600 level admin
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend clients
  bind unix@${process.cwd()}/clients
  default_backend exchange
backend exchange
  option httpchk GET /healthcheck.htm
  server ex01 127.0.0.1:${exchange.address().port} check inter 60s fastinter 200ms downinter 200ms fall 2 rise 2
`);
const balancer = spawn("haproxy/usr/sbin/haproxy", ["-f", "haproxy.cfg", "-db"], { stdio: "ignore" });
process.on("exit", () => balancer.kill());
const ask = (command) => new Promise((resolve, reject) => {
  let text = "";
  connect("socket").on("error", reject).on("data", (data) => { text += data; }).on("end", () => resolve(text)).end(`${command}\n`);
});
async function status() {
  const [head = "", ...rows] = (await ask("show stat").catch(() => "")).split("\n");
  return rows.find((row) => row.startsWith("exchange,ex01,"))?.split(",")[head.split(",").indexOf("status")] ?? "";
}
async function isDown() {
  for (let tries = 0; tries < 300 && (await status()) !== "DOWN"; tries += 1) await new Promise((resolve) => setTimeout(resolve, 100));
}
async function answer() {
  const [response] = await once(get({ socketPath: "clients", path: "/mapi/emsmdb/" }), "response");
  response.resume();
  return response.statusCode;
}
async function statesAround(state) {
  await ask(`set server exchange/ex01 state ${state}`);
  if (state === "drain") await once(checks, "check");
  else held = [];
  await ask("set server exchange/ex01 state ready");
  const seen = { status: await status(), client: await answer() };
  for (const response of held ?? []) response.end();
  held = undefined;
  await isDown();
  return { ...seen, later: await status() };
}
await isDown();
const seen = { drain: await statesAround("drain"), maint: await statesAround("maint") };
console.log(seen);
assert.deepEqual(seen, { drain: { status: "DOWN", client: 503, later: "DOWN" }, maint: { status: "UP 1/2", client: 401, later: "DOWN" } });
process.exit(0);
JS
node run.mjs
echo "as described"
