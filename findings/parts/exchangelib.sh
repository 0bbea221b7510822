#!/bin/sh
# Unpacks exchangelib 5.6.0 of Debian forky below ./root, with its dependencies of Debian 12, for Python 3.11 of the system.
#
#   sh exchangelib.sh; PYTHONPATH=root/usr/lib/python3/dist-packages /usr/bin/python3 ...
set -eu
here=$(cd "$(dirname "$0")" && pwd)
/usr/bin/python3 -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "needs Python 3.11 of Debian 12"; exit 1; }
part() { sh "$here/debian-packages.sh" "$@"; rm -rf apt; }
part bookworm python3-blinker python3-cached-property python3-certifi python3-cffi-backend python3-chardet \
  python3-charset-normalizer python3-cryptography python3-defusedxml python3-dnspython python3-idna python3-isodate python3-jwt \
  python3-lxml python3-ntlm-auth python3-oauthlib python3-openssl python3-pygments python3-pytz-deprecation-shim python3-requests \
  python3-requests-ntlm python3-requests-oauthlib python3-six python3-tzlocal python3-urllib3
part forky python3-exchangelib=5.6.0-1
