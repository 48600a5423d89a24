#!/usr/bin/env bash
# test-engine.sh start|stop|env|halt|kill|crash|restart
# A private Docker Engine for the tests: own data root, socket, containerd and cgroups; the machine's own Docker is neither used nor
# touched. `start` and `env` print DOCKER_HOST=unix://…; `stop` removes everything again, images included.
# As a machine's daemon may fare: `halt` ends it in order, `kill` with SIGKILL, `crash` so with all that it runs (a machine that lost its
# power); `restart` starts it on what it left.
# TEST_ENGINE_HOME=/path: another engine, whose data lies there, beside the one of this clone.
# Needs root, dockerd, curl and flock; .ci/run installs them. TEST_ENGINE_FLAGS: more flags for dockerd.
set -euo pipefail
export PATH="$PATH:/usr/sbin:/sbin"
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
home=${TEST_ENGINE_HOME:-$root}
name=smart-scanner-test-$(printf %s "$home" | cksum | cut -d' ' -f1) # one engine a clone, or a home
data=${TEST_ENGINE_HOME:-$root/.cache/test-engine}
run=/run/$name # short: containerd's sockets lie below it, and a socket's path ends at 108 bytes
sock=$run/docker.sock
log=$data/dockerd.log

say() { echo "test-engine: $*" >&2; }
answers() { curl -fsS -m 2 --unix-socket "$sock" http://engine/_ping >/dev/null 2>&1; }

# The daemon's process id, unless it ended and the number went to somebody else.
daemon() {
  local pid
  pid=$(cat "$run/dockerd.pid" 2>/dev/null) && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "--data-root $data/root " && echo "$pid"
}
# Every process of this engine: containers by cgroup; containerd, shims and runc by the directory in their arguments.
processes() {
  {
    grep -lF -- "/$name/" /proc/[0-9]*/cgroup
    grep -laF -e "$data/root" -e "$run/" /proc/[0-9]*/cmdline | while IFS=/ read -r _ _ pid _; do
      case $(cat "/proc/$pid/comm") in dockerd | containerd* | docker-init | runc* | exe) echo "/proc/$pid/" ;; esac
    done
  } 2>/dev/null | cut -d/ -f3 | sort -u || true
}

start() {
  if daemon >/dev/null && answers; then return; fi
  [ "$(id -u)" = 0 ] || { say 'needs root'; exit 1; }
  stop # what a crash left
  launch
}

launch() {
  mkdir -p "$data/root" "$run"
  # A configuration of its own, so that /etc/docker/daemon.json is not read. 20.10 keeps its identity in /etc/docker unless told otherwise.
  if dockerd --version | grep -q ' 20\.10'; then printf '{"deprecated-key-path":"%s/key.json"}\n' "$data"; else echo '{}'; fi >"$data/daemon.json"
  # Where mounts are shared, the engine's own ones stay out of sight in a namespace. Where they are private a namespace would keep file
  # systems that a test mounts later from the engine.
  local namespace=()
  if grep -q '^[^-]* / / [^-]*shared:' /proc/self/mountinfo; then namespace=(unshare --mount --propagation slave); fi
  # shellcheck disable=SC2086
  setsid "${namespace[@]}" dockerd --config-file "$data/daemon.json" --data-root "$data/root" --exec-root "$run/exec" \
    --pidfile "$run/dockerd.pid" -H "unix://$sock" --group root --cgroup-parent "/$name" --exec-opt native.cgroupdriver=cgroupfs \
    --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false --userland-proxy=false \
    --log-level warn ${TEST_ENGINE_FLAGS:-} >"$log" 2>&1 9>&- </dev/null &
  local starter=$!
  for _ in $(seq 600); do
    if answers; then return; fi
    kill -0 "$starter" 2>/dev/null || break
    sleep 0.1
  done
  say "dockerd did not start: $(grep -E 'level=(error|fatal)|failed' "$log" | tail -n 1 || true)"
  tail -n 20 "$log" >&2
  stop
  exit 1
}

# TERM: as a service manager stops it; containers get 10 s. KILL: as a crash.
end() {
  local pid
  pid=$(daemon) || return 0
  kill "-$1" "$pid"
  for _ in $(seq 300); do [ -d "/proc/$pid" ] || return 0; sleep 0.1; done
  say "the daemon does not end"
  exit 1
}

reap() {
  local ids
  for _ in $(seq 50); do
    ids=$(processes)
    [ -n "$ids" ] || break
    # shellcheck disable=SC2086
    kill -KILL $ids 2>/dev/null || true
    sleep 0.1
  done
}

stop() {
  local pid
  if pid=$(daemon); then
    # SIGTERM gives every container 10 s to end; tests have no use for that.
    for id in $(curl -fsS -m 5 --unix-socket "$sock" http://engine/containers/json 2>/dev/null | grep -oE '"Id":"[0-9a-f]{64}"' | cut -d'"' -f4); do
      curl -sS -m 10 -X POST --unix-socket "$sock" "http://engine/containers/$id/kill" >/dev/null 2>&1 || true
    done
    kill -TERM "$pid" 2>/dev/null || true
    for _ in $(seq 200); do [ -d "/proc/$pid" ] || break; sleep 0.1; done
  fi
  # A daemon that was killed leaves containerd, shims and containers; one that doesn't end is left too.
  reap
  awk -v a="$data/" -v b="$run/" 'index($5, a) == 1 || index($5, b) == 1 { print $5 }' /proc/self/mountinfo | sort -r | xargs -r umount -l 2>/dev/null || true
  find /sys/fs/cgroup -depth -type d -path "*/$name*" -exec rmdir {} + 2>/dev/null || true
  rm -rf "$data/root" "$run"
}

alone() {
  mkdir -p "$data"
  exec 9>"$data/lock"
  flock -w 120 9 || { say "another start or stop holds $data/lock"; exit 1; }
}
case ${1:-} in
  start) alone; start; echo "DOCKER_HOST=unix://$sock" ;;
  stop) alone; stop ;;
  halt) alone; end TERM ;;
  kill) alone; end KILL ;;
  crash) alone; end KILL; reap ;;
  restart) alone; launch ;;
  env) echo "DOCKER_HOST=unix://$sock" ;;
  *) echo "usage: $0 start|stop|env|halt|kill|crash|restart" >&2; exit 64 ;;
esac
