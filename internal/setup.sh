#!/usr/bin/env bash
# Installs the Debian packages that tests need and that are missing, when it
# may: as root, or with a sudo that asks nothing. Where it may not, it says
# what is missing; the tests that need it are then skipped by name.
set -euo pipefail

missing=()
command -v chromium >/dev/null || missing+=(chromium)
# Japanese text in screenshots; without it they show boxes.
[ -n "$(fc-list 2>/dev/null | grep -i cjk)" ] || missing+=(fonts-noto-cjk)

# Started by the tests themselves, on ports and in folders of their own.
command -v redis-server >/dev/null || missing+=(redis-server)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)

[ ${#missing[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null; then
  echo "setup: missing ${missing[*]}, and this is not a Debian machine: install them by hand" >&2
  exit 0
fi
if [ "$(id -u)" -eq 0 ]; then
  as_root=()
elif sudo -n true 2>/dev/null; then
  as_root=(sudo -n)
else
  echo "setup: missing ${missing[*]}, and there is no right to install them" >&2
  exit 0
fi
echo "setup: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" fontconfig >/dev/null
