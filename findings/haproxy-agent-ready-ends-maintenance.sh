#!/bin/sh
# Versions: HAProxy 2.6.12 (Debian 12, haproxy 2.6.12-1+deb12u4), Node.js of the system.
# One would guess: what an operator sets with "set server ... state maint" or "disable server" stays until an operator takes it back; an
#   agent check can take back what the agent itself has asked for.
# Seen: an agent that answers "ready up" ends the operator's maintenance, and the operator's drain, with its next answer: the server takes
#   traffic again, and nothing refuses either command. With "up" alone the state stays. As soon as a server has an agent check, "show stat"
#   calls an operator's drain "DRAIN (agent)", so the two cannot be told apart.
# Why it matters: a gate that answers "ready up" while it is content, so that its own "drain" ends some day, gives an Exchange server back
#   to its clients while it is being updated, seconds after the operator took it out. Answer "ready" only to end a drain that the agent
#   began, or tell the gate of the maintenance rather than HAProxy.
set -eu
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
apt-get download -qq haproxy=2.6.12-1+deb12u4 2>/dev/null
dpkg -x haproxy_*.deb haproxy
cat > run.mjs <<'JS'
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
const answers = new EventEmitter();
let words = "up";
const agent = createServer((socket) => {
  const answer = words;
  socket.on("error", () => {}).on("close", () => answers.emit(answer)).end(`${answer}\n`);
}).listen(0, "127.0.0.1");
await once(agent, "listening");
const { port } = agent.address();
writeFileSync("haproxy.cfg", `global
  stats socket ${process.cwd()}/socket mode 600 level admin
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
backend exchange
  server ex01 127.0.0.1:${port} agent-check agent-addr 127.0.0.1 agent-port ${port} agent-inter 200ms
`);
const balancer = spawn("haproxy/usr/sbin/haproxy", ["-f", "haproxy.cfg", "-db"], { stdio: "ignore" });
process.on("exit", () => balancer.kill());
const ask = (command) => new Promise((resolve, reject) => {
  let text = "";
  connect("socket").on("error", reject).on("data", (data) => { text += data; }).on("end", () => resolve(text)).end(`${command}\n`);
});
async function status() {
  const [head = "", ...rows] = (await ask("show stat")).split("\n");
  return rows.find((row) => row.startsWith("exchange,ex01,"))?.split(",")[head.split(",").indexOf("status")] ?? "";
}
// The status once the agent has given three more answers: HAProxy has taken the first two into account by then.
async function statusUnder(answer) {
  words = answer;
  for (let count = 0; count < 3; count += 1) await once(answers, answer);
  return status();
}
const seen = {};
for (const state of ["maint", "drain"]) {
  await statusUnder("ready up");
  words = "up";
  await once(answers, "up");
  const reply = await ask(`set server exchange/ex01 state ${state}`);
  seen[state] = { reply, up: await statusUnder("up"), readyUp: await statusUnder("ready up") };
}
console.log(seen);
// "no check" is the status of a server that takes traffic and has no health check.
assert.deepEqual(seen, {
  maint: { reply: "\n", up: "MAINT", readyUp: "no check" },
  drain: { reply: "\n", up: "DRAIN (agent)", readyUp: "no check" },
});
process.exit(0);
JS
node run.mjs
echo "as described"
