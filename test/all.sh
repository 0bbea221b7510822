#!/bin/sh
# Sets up what the tests need (npm packages, and Debian's prometheus, prometheus-alertmanager, chromium, haproxy and libfaketime), then runs the checks of the
# source, the unit ring and the system ring. A suite that fails is not run again.
set -eu
cd "$(dirname "$0")/.."

missing=""
command -v prometheus >/dev/null && command -v promtool >/dev/null || missing="$missing prometheus"
command -v amtool >/dev/null || missing="$missing prometheus-alertmanager"
command -v chromium >/dev/null || missing="$missing chromium"
command -v haproxy >/dev/null || missing="$missing haproxy"
[ -n "$(ls /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null)" ] || missing="$missing libfaketime"
if [ -n "$missing" ]; then
  if command -v apt-get >/dev/null; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo"
    echo "Installing$missing"
    $as_root apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
  else
    echo "Not on this system:$missing. Their tests are skipped." >&2
  fi
fi

# Fetched while npm installs.
sh test/prometheus-versions.sh >/dev/null &
versions=$!
[ -d node_modules ] && [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund
# Built once, before several suites want it at the same time, and while the source is checked.
node_modules/.bin/node -e 'import("./test/exchange/powershell/engine.ts").then(({ findEngine }) => findEngine())' &
host=$!
npm run --silent check -- source
wait "$host" || echo "The tests that need PowerShell are skipped" >&2
wait "$versions" || echo "The tests of these versions are skipped" >&2
# The programs that the suites start are the bundle, as it is shipped.
npm run --silent build
HMA_BUNDLE="$PWD/dist/main.js"
export HMA_BUNDLE
status=0
# The suites of alerts and dashboards run under Prometheus 3, if that is there, beside the other rings: all wait for other programs, or for
# limits, for some of their time. Under the installed version run the rules as well, and the queries of all panels, over a live daemon and
# over a backfill. Live alerts and the comparison of versions run under several versions within the system ring; the lint of the dashboards
# depends on no version.
stage=""
elsewhere=""
if newer=$(sh test/prometheus-versions.sh 3.5); then
  HMA_PROMETHEUS_3=1
  export HMA_PROMETHEUS_3
  report="${TEST_REPORT:-$(mktemp -d)}/prometheus-3"
  mkdir -p "$report"
  PATH="$newer:$PATH" TEST_REPORT="$report" npm test --silent -- all 'test/alerts/.*[.]system' 'test/dashboards/.*[.]system' \
    --testPathIgnorePatterns '(live-alerts|versions|dashboards/(lint|live-daemon|backfill))[.]system' --maxWorkers=1 "$@" >"$report/output" 2>&1 &
  stage=$!
  boards="forecast|queries|organisations|deployment"
  elsewhere="--testPathIgnorePatterns=(alerts/(drill|examples|mixin)|dashboards/($boards))[.]system"
  trap 'kill "$stage" 2>/dev/null' INT TERM
fi
npm test --silent -- unit "$@" || status=1
npm run --silent test:system -- ${elsewhere:+"$elsewhere"} "$@" || status=1
if [ -n "$stage" ]; then
  wait "$stage" || status=1
  echo "Under Prometheus 3:"
  cat "$report/output"
fi
exit $status
