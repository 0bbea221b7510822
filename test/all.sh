#!/bin/sh
# Runs every test, and sets up what they need: npm packages, and Debian's prometheus, prometheus-alertmanager, chromium.
set -eu
cd "$(dirname "$0")/.."

missing=""
command -v prometheus >/dev/null && command -v promtool >/dev/null || missing="$missing prometheus"
command -v amtool >/dev/null || missing="$missing prometheus-alertmanager"
command -v chromium >/dev/null || missing="$missing chromium"
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

[ -d node_modules ] && [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund
npm run --silent check

# Suites with real programs can meet a busy machine: what failed is run once more, alone, and that counts.
report="${TEST_REPORT:-$(mktemp -d)}"
if npm test --silent -- --maxWorkers=1 --json --outputFile="$report/first.json" "$@"; then exit 0; fi
failed=$(node -e '
  const { testResults } = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
  console.log(testResults.filter((suite) => suite.status === "failed").map((suite) => suite.name).join("\n"));
' "$report/first.json")
[ -n "$failed" ] || exit 1
echo "Once more, what failed:"
echo "$failed"
# shellcheck disable=SC2086
npm test --silent -- --maxWorkers=1 --json --outputFile="$report/second.json" --runTestsByPath $failed
