#!/usr/bin/env bash
# desktop-packages.sh [--lacking]
# Installs the Debian or Ubuntu packages that the tests of the desktop app take: what Electron links against, a screen, a session bus, a
# notification daemon, and Python's bindings for the stand-in of a panel. Needs root; does nothing where all of it is there.
# --lacking: only says which are not, one a line.
set -euo pipefail

# A file that the package brings, then its names (newer releases call some of them otherwise).
needed=(
  'bin/Xvfb xvfb'
  'bin/xvfb-run xvfb'
  'bin/xauth xauth'
  'bin/dbus-run-session dbus'
  'bin/dbus-launch dbus-x11'
  'bin/dunst dunst'
  'libgtk-3.so.0 libgtk-3-0t64 libgtk-3-0'
  'libnss3.so libnss3'
  'libasound.so.2 libasound2t64 libasound2'
  'libgbm.so.1 libgbm1'
  'libnotify.so.4 libnotify4'
  'libXss.so.1 libxss1'
  'libXtst.so.6 libxtst6'
  'python3/dist-packages/dbus/__init__.py python3-dbus'
  'python3/dist-packages/gi/__init__.py python3-gi'
)

is_there() {
  case $1 in
  bin/*) command -v "${1#bin/}" >/dev/null ;;
  lib*) ldconfig -p | grep -qF "$1 " ;;
  *) [ -e "/usr/lib/$1" ] ;;
  esac
}

missing=()
for line in "${needed[@]}"; do
  read -r file names <<<"$line"
  is_there "$file" || missing+=("$names")
done
if [ "${1:-}" = --lacking ]; then
  for names in "${missing[@]}"; do echo "${names##* }"; done
  exit 0
fi
[ ${#missing[@]} -eq 0 ] && exit 0

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
packages=()
for names in "${missing[@]}"; do
  for name in $names; do
    if apt-cache show "$name" >/dev/null 2>&1; then
      packages+=("$name")
      break
    fi
  done
done
apt-get install -y -qq --no-install-recommends "${packages[@]}"
