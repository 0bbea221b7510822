#!/bin/sh
# Versions: parse-prometheus-text-format 1.1.1 (npm), Node.js of the system.
# One would guess: a parser of Prometheus' text format gives a histogram or summary per set of labels, each with its sum and count.
# Seen: it does so for gauges and counters. Of a histogram it keeps one, with the labels, sum and count left out, and each bucket has the
#   value of the last server on the page. Summaries are the same. Without labels both are whole, with sum and count.
# Why it matters: a check or a report that is built on it shows the waiting times of one server as those of the farm, and another server's
#   as soon as the order of the page changes. Nothing fails, since a test page with one server and no label is read as it should be.
set -eu
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts parse-prometheus-text-format@1.1.1
cat > run.mjs <<'JS'
import assert from "node:assert/strict";
import parse from "parse-prometheus-text-format";
const gauge = ["# TYPE loops gauge", 'loops{server="EX01"} 1', 'loops{server="EX02"} 5'];
const plain = ["# TYPE wait histogram", 'wait_bucket{le="1"} 3', 'wait_bucket{le="+Inf"} 4', "wait_sum 9", "wait_count 4"];
const farm = [
  "# TYPE wait histogram",
  'wait_bucket{server="EX01",le="1"} 3', 'wait_bucket{server="EX01",le="+Inf"} 4',
  'wait_sum{server="EX01"} 9', 'wait_count{server="EX01"} 4',
  'wait_bucket{server="EX02",le="1"} 0', 'wait_bucket{server="EX02",le="+Inf"} 7',
  'wait_sum{server="EX02"} 80', 'wait_count{server="EX02"} 7',
];
const metricsOf = (lines) => JSON.parse(JSON.stringify(parse(`${lines.join("\n")}\n`)[0].metrics));
const seen = { gauge: metricsOf(gauge), plain: metricsOf(plain), farm: metricsOf(farm) };
console.dir(seen, { depth: 5 });
assert.deepEqual(seen, {
  gauge: [{ value: "1", labels: { server: "EX01" } }, { value: "5", labels: { server: "EX02" } }],
  plain: [{ buckets: { 1: "3", "+Inf": "4" }, count: "4", sum: "9" }],
  farm: [{ buckets: { 1: "0", "+Inf": "7" } }],
});
JS
node run.mjs
echo "as described"
