#!/bin/sh
# Smart Scanner on a NAS that has nothing but Docker: the whole command line runs in a container and starts its workers beside itself.
#
# usage: run_smart_scan.sh scan <mount path> <mount name> [options]     e.g. run_smart_scan.sh scan /mnt/user/Videos Videos
#        run_smart_scan.sh retry | monitor | stats | cleanup [options]   the other commands of smart-scanner
#        run_smart_scan.sh build                                         make the image from this directory (again)
#        run_smart_scan.sh load <file.tar>                               take the image from a file, for a NAS without internet
#
# environment: SMART_SCANNER_DATA_DIR  catalog, logs, spool (default /mnt/user/appdata/nas-scanner where it exists, else ./smart-scanner-data)
#              SMART_SCANNER_IMAGE     name of the image   (default smart-scanner:latest)
#              SMART_SCANNER_BASE_IMAGE  a base with Node 24 (default: the one in Dockerfile.smart)
#              DOCKER_HOST             a unix:// socket     (default unix:///var/run/docker.sock)
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
image=${SMART_SCANNER_IMAGE:-smart-scanner:latest}
home=/opt/smart-scanner

fail() {
  echo "run_smart_scan.sh: $1" >&2
  [ $# -lt 2 ] || echo "  $2" >&2
  exit 3
}

command -v docker >/dev/null 2>&1 || fail 'the docker command is missing.' 'On Unraid: Settings, Docker, Enable Docker.'
docker version >/dev/null 2>&1 || fail 'no Docker daemon answers.' 'Check that Docker runs and that you may use it (root, or group docker).'

base() {
  echo "${SMART_SCANNER_BASE_IMAGE:-$(sed -n 's/^ARG BASE_IMAGE=//p' "$root/Dockerfile.smart")}"
}

# Node and npm run in a container too: the NAS needs neither.
bundle() {
  [ ! -f "$root/dist/image-content.json" ] || return 0
  echo 'run_smart_scan.sh: building the program in a container (once) ...' >&2
  docker run --rm -v "$root:/src" -w /src --entrypoint sh "$(base)" -c 'npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && node scripts/build.mjs' >&2 ||
    fail 'the program could not be built.' "Build the image on another computer (docker build -f Dockerfile.smart -t $image .), then: docker save $image -o image.tar, and here: run_smart_scan.sh load image.tar"
}

build() {
  bundle
  hash=$(sed -n 's/.*"hash": *"\([0-9a-f]*\)".*/\1/p' "$root/dist/image-content.json")
  docker build --build-arg "BASE_IMAGE=$(base)" --label "io.smart-scanner.content=$hash" -f "$root/Dockerfile.smart" -t "$image" "$root" >&2 ||
    fail "the image $image could not be built." "If its base is missing: docker pull $(base), or bring an image that was built elsewhere: run_smart_scan.sh load image.tar"
}

case ${1:-} in
  '' | -h | --help)
    sed -n '2,/^set -eu/{/^set -eu/d;s/^# \{0,1\}//;p;}' "$0"
    exit 0
    ;;
  build)
    rm -f "$root/dist/image-content.json"
    build
    exit 0
    ;;
  load)
    [ -f "${2:-}" ] || fail "load needs a file: ${2:-(none)}" 'Make it elsewhere with: docker save smart-scanner:latest -o image.tar'
    docker load -i "$2"
    exit 0
    ;;
esac

docker image inspect "$image" >/dev/null 2>&1 || build

if [ -n "${SMART_SCANNER_DATA_DIR:-}" ]; then data=$SMART_SCANNER_DATA_DIR
elif [ -d /mnt/user/appdata/nas-scanner ] || [ -d /mnt/user/appdata ]; then data=/mnt/user/appdata/nas-scanner
else data=$PWD/smart-scanner-data; fi
mkdir -p "$data"
data=$(CDPATH='' cd -- "$data" && pwd)
# Unraid shows shares through FUSE, where database locks fail: use the directory on its disk or pool where exactly one holds it.
case $data in /mnt/user/*)
  holder=
  for disk in /mnt/*; do
    case ${disk#/mnt/} in user | user0 | disks | remotes | rootshare | addons) continue ;; esac
    [ ! -d "$disk/${data#/mnt/user/}" ] || holder=${holder:+several }$disk
  done
  case $holder in '' | several*) ;; *) data=$holder/${data#/mnt/user/} ;; esac
  ;;
esac

case ${DOCKER_HOST:-} in
  '') socket=/var/run/docker.sock ;;
  unix://*) socket=${DOCKER_HOST#unix://} ;;
  *) fail "DOCKER_HOST=$DOCKER_HOST is not a local socket." 'Run this on the NAS itself.' ;;
esac

case $data$socket in *,*) fail "a comma in a path can't be given to docker: $data, $socket" 'Name another directory in SMART_SCANNER_DATA_DIR.' ;; esac

# Inside, another directory is the current one.
if [ "${1:-}" = scan ] && [ -n "${2:-}" ]; then
  case $2 in
    /* | -*) ;;
    *)
      path=$PWD/$2
      shift 2
      set -- scan "$path" "$@"
      ;;
  esac
fi

terminal=
[ ! -t 0 ] || [ ! -t 1 ] || terminal=-t
computer=$(hostname 2>/dev/null || echo nas)

# The data directory has the same name inside as outside, so that printed paths mean something. No network, and of the host only the socket and the data directory; workers bind the mount point themselves, read-only.
exec docker run --rm -i $terminal --init --network none --read-only \
  -e "SMART_SCANNER_COMPUTER=$computer" -e "SMART_SCANNER_DATA_DIR=$data" -e "TZ=${TZ:-$(cat /etc/timezone 2>/dev/null || echo UTC)}" \
  -e "TERM=${TERM:-dumb}" -e NO_COLOR --mount "type=bind,source=$socket,target=/var/run/docker.sock" \
  --mount "type=bind,source=$data,target=$data" \
  --label io.smart-scanner.orchestrator=1 --name "smart-scanner-cli-$$-$(date +%s)" \
  "$image" "$@"
