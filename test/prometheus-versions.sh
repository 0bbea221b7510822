#!/bin/sh
# Unpacks further versions of Prometheus and Alertmanager below a temporary folder, for tests. It installs nothing on the system, and
# leaves the system's package lists alone. Prints the folder of each version, or the reason why it cannot be had there (exit code 1).
#
#   sh test/prometheus-versions.sh                                     all of them
#   PATH="$(sh test/prometheus-versions.sh 3.5):$PATH" npm test -- test/alerts
set -u
folder="${HMA_PROMETHEUS_VERSIONS:-${TMPDIR:-/tmp}/hma-prometheus-versions}"
# version of Prometheus, version of Alertmanager, suite of Debian that has both
versions="2.53:0.28:trixie 3.5:0.33:forky"

fetch() { # prometheus alertmanager suite folder
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || { echo "apt-get and dpkg-deb are not on this system"; return 1; }
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -m 1 '/debian/$') || { echo "no package source of Debian is configured"; return 1; }
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -e "$keyring" ] || { echo "$keyring is missing"; return 1; }
  work="$4.work"
  rm -rf "$work"
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/root" "$work/packages"
  echo "deb [signed-by=$keyring] $mirror $3 main" >"$work/sources.list"
  cat >"$work/apt.conf" <<CONF
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$work/lists";
Dir::Cache "$work/cache";
APT::Sandbox::User "root";
CONF
  APT_CONFIG="$work/apt.conf" apt-get update -qq >"$work/log" 2>&1 || { echo "the package list of $3 cannot be fetched: $(tail -1 "$work/log")"; return 1; }
  (cd "$work/packages" && APT_CONFIG="$work/apt.conf" apt-get download -qq "prometheus=$1.*" "promtool=$1.*" "prometheus-alertmanager=$2.*") \
    >"$work/log" 2>&1 || { echo "$3 does not have Prometheus $1 with Alertmanager $2: $(tail -1 "$work/log")"; return 1; }
  for package in "$work"/packages/*.deb; do
    dpkg-deb -x "$package" "$work/root" || { echo "$package cannot be unpacked"; return 1; }
  done
  "$work/root/usr/bin/prometheus" --version >/dev/null 2>&1 || { echo "its programs do not run here"; return 1; }
  mv "$work/root" "$4" && rm -rf "$work"
}

status=0
found=0
for version in $versions; do
  prometheus=${version%%:*}
  rest=${version#*:}
  [ $# -eq 0 ] || [ "$1" = "$prometheus" ] || continue
  found=1
  target="$folder/$prometheus"
  if [ ! -x "$target/usr/bin/promtool" ]; then
    mkdir -p "$folder"
    reason=$(fetch "$prometheus" "${rest%%:*}" "${rest#*:}" "$target") || {
      printf '%s\n' "$reason" >"$folder/$prometheus.reason"
      echo "Prometheus $prometheus: $reason" >&2
      status=1
      continue
    }
    rm -f "$folder/$prometheus.reason"
  fi
  echo "$target/usr/bin"
done
[ "$found" = 1 ] || { echo "Unknown version: $1 (of: $versions)" >&2; status=1; }
exit "$status"
