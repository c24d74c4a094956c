#!/bin/sh
# What the tests need from the system besides Python: fonts and readers of papers, and for pages
# Node, npm and a browser. Installed where they are missing and this may be done; named where it may not.
set -eu
needed=""
have() { command -v "$1" >/dev/null 2>&1; }
font() { fc-list 2>/dev/null | grep -q "$1"; }
font "Noto Serif CJK" || needed="$needed fonts-noto-cjk"
font "Noto Serif Tibetan" || needed="$needed fonts-noto-core"
have fc-list || needed="$needed fontconfig"
have node || needed="$needed nodejs"
have npm || needed="$needed npm"
have chromium || needed="$needed chromium"
have pdftotext || needed="$needed poppler-utils"
[ -z "$needed" ] && exit 0
if have apt-get && [ "$(id -u)" = 0 ]; then
  echo "installing what the tests need from the system:$needed"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086 # a list of names
  exec apt-get install -y -qq --no-install-recommends $needed >/dev/null
fi
echo "the tests need from the system:$needed (on Debian: apt-get install$needed)" >&2
exit 1
