#!/bin/sh
# Versions: @grafana/promql-builder 0.0.6, @prometheus-io/lezer-promql 0.315.0, @lezer/lr 1.4.12 (npm), Node.js of the system.
# One would guess: a library that builds PromQL from typed parts writes nothing that a parser of PromQL refuses, and writes the numbers it
#   was given.
# Seen: strings have no quotes, so label_replace(hma_x, server, $1, ...) is not PromQL, and count_values(value, ...) passes the grammar alone.
#   A negative sign before an expression becomes "-[object Object]". The number Infinity becomes the word null, which every parser takes:
#   it is the name of a metric. A comparison with it is empty for ever.
# Why it matters: the first two show when the rules are checked, the third does not: an alert whose limit is "none" by way of Infinity never
#   fires and never fails. Check what a builder wrote with the parser of the server, and compare with a large number in place of Infinity.
set -eu
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts \
  @grafana/promql-builder@0.0.6 @prometheus-io/lezer-promql@0.315.0 @lezer/lr@1.4.12
cat > run.mjs <<'JS'
import assert from "node:assert/strict";
import promql from "@grafana/promql-builder";
import { parser } from "@prometheus-io/lezer-promql";
const loops = () => promql.vector("hma_loops");
function readingOf(text) {
  const names = [];
  parser.parse(text).iterate({
    enter: ({ name, type, from, to }) => { names.push(type.isError ? "error" : `${name} ${text.slice(from, to)}`); },
  });
  return { isValid: !names.includes("error"), isMetric: names.includes("VectorSelector null") };
}
const expressions = {
  labelReplace: promql.labelReplace(loops(), "server", "$1", "instance", "(.*):.*"),
  countValues: promql.countValues("value", loops()),
  negative: promql.neg(loops()),
  infinity: promql.gt(loops(), promql.n(Infinity)),
};
const seen = {};
for (const [name, expression] of Object.entries(expressions)) seen[name] = { text: `${expression}`, ...readingOf(`${expression}`) };
console.log(seen);
assert.deepEqual(seen, {
  labelReplace: { text: "label_replace(hma_loops, server, $1, instance, (.*):.*)", isValid: false, isMetric: false },
  countValues: { text: "count_values(value, hma_loops)", isValid: true, isMetric: false },
  negative: { text: "-[object Object]", isValid: false, isMetric: false },
  infinity: { text: "(hma_loops) > (null)", isValid: true, isMetric: true },
});
JS
node run.mjs
echo "as described"
