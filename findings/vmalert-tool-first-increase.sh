#!/bin/sh
# Versions: promtool 3.5.3 (Debian forky, 3.5.3+ds1-6), vmalert-tool of VictoriaMetrics 1.145.0 (Debian forky, 1.145.0+ds1-2).
# One would guess: a rule file that both tools accept gives the same alerts for the same samples.
# Seen: for a counter whose first sample is 1, increase() is 0 in promtool and 1 in vmalert-tool, so an alert on "increase > 0" fires under
#   VictoriaMetrics alone. The same test file cannot show it: vmalert-tool wants metricsql_expr_test where promtool wants promql_expr_test,
#   and refuses the other name.
# Why it matters: a counter of a rare event, such as an open loop of one server and cause, appears with its first event. Under Prometheus an
#   alert on its increase misses that event, under VictoriaMetrics it does not, and a test that was written for one tells nothing of the
#   other. Write the series with 0 before the first event, and run the rules' tests in the tool of the server that will evaluate them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
sh "$here/parts/debian-packages.sh" forky promtool=3.5.3+ds1-6 victoria-metrics=1.145.0+ds1-2
cat > rules.yml <<'YAML'
groups:
  - name: loops
    rules:
      - alert: Loop
        expr: increase(loops_total[5m]) > 0
YAML
# test_file SECTION INCREASE ALERTS: the same samples, with what is expected of them
test_file() {
  cat <<YAML
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - { series: 'loops_total{server="EX01"}', values: '_ _ 1 1 1 1 1 1' }
    $1:
      - { expr: 'increase(loops_total[5m])', eval_time: 4m, exp_samples: [{ labels: '{server="EX01"}', value: $2 }] }
    alert_rule_test:
      - { eval_time: 4m, alertname: Loop, exp_alerts: $3 }
YAML
}
test_file promql_expr_test 0 "[]" > prometheus.yml
test_file metricsql_expr_test 1 '[{ exp_labels: { server: EX01 } }]' > victoria.yml
vmalert_tool() { root/usr/bin/vmalert-tool unittest --disableAlertgroupLabel --files="$1" > log 2>&1; }
root/usr/bin/promtool test rules prometheus.yml || { echo "promtool sees an increase"; exit 1; }
vmalert_tool victoria.yml || { cat log; echo "vmalert-tool sees no increase"; exit 1; }
if vmalert_tool prometheus.yml; then echo "vmalert-tool takes promtool's test file"; exit 1; fi
grep -q "field promql_expr_test not found" log || { cat log; exit 1; }
if root/usr/bin/promtool test rules victoria.yml > log 2>&1; then echo "promtool takes vmalert-tool's test file"; exit 1; fi
echo "promtool: no increase and no alert; vmalert-tool: an increase of 1 and an alert; neither takes the other's test file"
echo "as described"
