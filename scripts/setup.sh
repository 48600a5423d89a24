#!/bin/sh
# Installs and builds what is missing or out of date, once, with progress on stderr. Two at the same time wait for one another.
# usage: setup.sh      exit 3: it could not, with the reason on stderr
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"

say() { echo "smart-scanner: $*" >&2; }
fail() { say "$*"; exit 3; }

# `npm run` puts node_modules/.bin first, and with it the very Node that `npm ci` is about to remove and install again.
PATH=$(printf %s "$PATH" | tr ':' '\n' | grep -vxF "$root/node_modules/.bin" | paste -sd: -)

installed() {
  [ -f node_modules/.installed ] && [ "$(cat node_modules/.installed)" = "$(cksum <package-lock.json)" ] && [ -x node_modules/node/bin/node ]
}
built() {
  [ -f dist/.built ] && [ -f dist/cli.cjs ] && [ -f dist/worker.cjs ] && [ -f dist/catalog.mjs ] && [ -f dist/image-content.json ] && [ -f dist/desktop/main.cjs ] &&
    [ -z "$(find shared worker engine cli electron renderer build scripts/build.mjs scripts/build-desktop.mjs package.json Dockerfile.smart -newer dist/.built -type f \( -name '*.ts' -o -name '*.tsx' -o -name '*.css' -o -name '*.html' -o -name '*.mjs' -o -name '*.json' -o -name 'Dockerfile.smart' \) ! -name '*.test.ts' -print 2>/dev/null | head -n 1)" ]
}
installed && built && exit 0

command -v npm >/dev/null 2>&1 || fail 'npm is missing. Install Node.js 20 or newer, which brings it.'
mkdir -p .cache 2>/dev/null && [ -w .cache ] && [ -w . ] ||
  fail "$root has to be set up first, and this user can't write there. Run it once as the owner of that directory."

lock=.cache/setup.lock
waited=0
until mkdir "$lock" 2>/dev/null; do
  owner=$(cat "$lock/pid" 2>/dev/null || echo)
  # Another user's process can't be signalled, but it shows in /proc.
  if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null && ! [ -d "/proc/$owner" ]; then rm -rf "$lock"; continue; fi
  [ "$waited" = 0 ] && say 'another start is setting things up; waiting for it.'
  waited=$((waited + 1))
  [ "$waited" -gt 600 ] && fail "gave up waiting; remove $root/$lock if nothing runs."
  sleep 1
done
echo $$ >"$lock/pid"
trap 'rm -rf "$lock"' EXIT
trap 'exit 130' INT TERM HUP

if ! installed; then
  say 'installing what it needs (once) ...'
  # What the tests need is installed too, whatever NODE_ENV says. Of all install scripts only that of `node` runs, which fetches the
  # binary for this machine. The others would compile what nobody here needs (better-sqlite3 brings its binaries): npm starts node-gyp
  # for each package that could be compiled, and that takes a compiler and Node's headers.
  npm_() { npm "$@" --no-audit --no-fund --no-update-notifier --loglevel=error >&2; }
  npm_ ci --include=dev --ignore-scripts && npm_ rebuild node --ignore-scripts=false ||
    fail 'installing failed, see above. Once that is mended, the same command goes on from here.'
  [ -x node_modules/node/bin/node ] || fail "npm installed no Node for $(uname -sm): see https://www.npmjs.com/package/node."
  cksum <package-lock.json >node_modules/.installed
fi
if ! built; then
  say 'building (once) ...'
  # The stamp is as old as the start of the build: a file edited meanwhile is built again.
  touch .cache/build-started
  node_modules/node/bin/node scripts/build.mjs >&2 || fail 'building failed, see above.'
  touch -r .cache/build-started dist/.built
fi
