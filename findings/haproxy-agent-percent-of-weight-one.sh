#!/bin/sh
# Versions: HAProxy 2.6.12 (Debian 12, haproxy 2.6.12-1+deb12u4), Node.js of the system.
# One would guess: an agent check that answers "up 50%" halves a server's share of the traffic.
# Seen: a server without a weight has weight 1, half of it is rounded down to 0, and weight 0 takes no new traffic: the server is
#   drained, and nothing says that it is down. With "weight 100" the same answer gives weight 50.
# Why it matters: Exchange servers are usually listed without a weight. A gate that means to send a server less traffic while its
#   worker process warms up takes it out altogether, and no check fails.
set -eu
work=$(mktemp -d); trap 'kill $agent $balancer 2>/dev/null || true; rm -rf "$work"' EXIT; cd "$work"
agent=0; balancer=0
apt-get download -qq haproxy=2.6.12-1+deb12u4 2>/dev/null
dpkg -x haproxy_*.deb haproxy
cat > agent.mjs <<'JS'
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
const server = createServer((socket) => socket.on("error", () => {}).end("up 50%\n")).listen(0, "127.0.0.1", () => writeFileSync("port", String(server.address().port)));
JS
node agent.mjs & agent=$!
while [ ! -s port ]; do sleep 0.1; done
port=$(cat port)
cat > haproxy.cfg <<CFG
global
  stats socket $work/socket mode 600 level admin
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
backend exchange
  server ex01 127.0.0.1:$port agent-check agent-addr 127.0.0.1 agent-port $port agent-inter 200ms
  server ex02 127.0.0.1:$port weight 100 agent-check agent-addr 127.0.0.1 agent-port $port agent-inter 200ms
CFG
haproxy/usr/sbin/haproxy -f haproxy.cfg -db 2>/dev/null & balancer=$!
cat > ask.mjs <<'JS'
import assert from "node:assert/strict";
import { connect } from "node:net";
const ask = () => new Promise((resolve, reject) => {
  let text = "";
  connect("socket").on("error", reject).on("data", (data) => { text += data; }).on("end", () => resolve(text)).end("show stat\n");
});
let servers = [];
for (let tries = 0; tries < 100 && (servers.length === 0 || servers.some((server) => server.agent !== "L7OK")); tries += 1) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  const [head = "", ...rows] = (await ask().catch(() => "")).split("\n");
  const names = head.replace("# ", "").split(",");
  const cell = (row, name) => row.split(",")[names.indexOf(name)];
  servers = rows.filter((row) => cell(row, "svname")?.startsWith("ex")).map((row) => ({
    name: cell(row, "svname"), status: cell(row, "status"), weight: cell(row, "weight"), agent: cell(row, "agent_status"),
  }));
}
console.log(servers);
assert.deepEqual(servers.map(({ name, weight }) => [name, weight]), [["ex01", "0"], ["ex02", "50"]]);
JS
node ask.mjs
echo "as described"
