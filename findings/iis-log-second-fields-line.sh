#!/bin/sh
# Versions: lnav 0.11.1 and GoAccess 1.7 (Debian 12, lnav 0.11.1-3 and goaccess 1:1.7-1).
# One would guess: a log of IIS is read by its #Fields lines. IIS writes a new one into the same file as soon as the columns change, for
#   example when X-Forwarded-For is added, and every row is read by the line above it.
# Seen: lnav reads all rows of the file by its first #Fields line: the 401 and the 503 that follow the second line have sc_status 0 and
#   their sub-status as time taken, without an error. GoAccess, with --log-format=W3C, has one fixed order of columns, and counts the
#   rows as failed.
# Why it matters: the column for the client's address behind a load balancer is added in the middle of a day, often while an outage is
#   being looked into. From that row on lnav shows no refused sign-in at all, and GoAccess leaves the rows out of every figure. Cut the
#   file at its #Fields lines before reading it with either.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
sh "$here/parts/debian-packages.sh" bookworm lnav=0.11.1-3 goaccess=1:1.7-1 libmaxminddb0=1.7.1-1
cat > u_ex260601.log <<'LOG'
#Software: Microsoft Internet Information Services 10.0
#Version: 1.0
#Date: 2026-06-01 00:00:00
#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken
2026-06-01 00:00:01 192.0.2.10 POST /mapi/emsmdb/ - 443 - 198.51.100.7 Microsoft+Office/16.0 - 401 0 0 15
2026-06-01 00:00:02 192.0.2.10 POST /mapi/emsmdb/ - 443 - 198.51.100.7 Microsoft+Office/16.0 - 200 0 0 250
#Software: Microsoft Internet Information Services 10.0
#Version: 1.0
#Date: 2026-06-01 01:00:00
#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) cs-host sc-status sc-substatus sc-win32-status time-taken X-Forwarded-For
2026-06-01 01:00:01 192.0.2.10 POST /mapi/emsmdb/ - 443 - 198.51.100.7 Microsoft+Office/16.0 - mail.contoso.example 401 0 0 15 203.0.113.9
2026-06-01 01:00:02 192.0.2.10 POST /mapi/emsmdb/ - 443 - 198.51.100.7 Microsoft+Office/16.0 - mail.contoso.example 503 0 64 31 203.0.113.9
LOG
HOME=$work root/usr/bin/lnav -n -c ';SELECT sc_status, time_taken FROM w3c_log' -c ':write-csv-to -' u_ex260601.log > lnav.csv 2>/dev/null </dev/null
LD_LIBRARY_PATH=$(echo "$work"/root/usr/lib/*/) root/usr/bin/goaccess u_ex260601.log --log-format=W3C --no-global-config -o goaccess.json >/dev/null 2>&1 </dev/null
echo "lnav:"; cat lnav.csv
counts=$(grep -oE '"(valid|failed)_requests": [0-9]+' goaccess.json | sort | tr -d '"' | tr '\n' ' ')
echo "GoAccess: $counts"
[ "$(tr '\n' ' ' < lnav.csv)" = "sc_status,time_taken 401,15 200,250 0,0 0,64 " ] || { echo "lnav has changed"; exit 1; }
[ "$counts" = "failed_requests: 2 valid_requests: 2 " ] || { echo "GoAccess has changed"; exit 1; }
echo "as described"
