#!/usr/bin/env bash
# test-base-image.sh TAG
# Makes a Node 24 base image for the tests without any registry of images: the project's own Node, the libraries it needs, and busybox
# for sh and the usual tools. Does nothing where TAG already carries this very image. DOCKER_HOST=unix://… names the engine.
# Needs Linux, curl, flock, tar, ldd, and a static busybox: the system's own, or Debian's package, which is unpacked, not installed.
set -euo pipefail
tag=${1:?usage: test-base-image.sh TAG}
host=${DOCKER_HOST:-unix:///var/run/docker.sock}
[[ $host == unix://* ]] || { echo "test-base-image: DOCKER_HOST=$host is not a unix:// address" >&2; exit 64; }
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cache=$root/.cache/test-base-image
node=$root/node_modules/node/bin/node
label=io.smart-scanner.test-base
api() { curl -fsS -m 300 --unix-socket "${host#unix://}" "$@"; }

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
# Another recipe or another Node is another image.
version=$(cat "${BASH_SOURCE[0]}" <("$node" --version) | sha256sum | cut -c1-16)
if api "http://engine/images/$tag/json" 2>/dev/null | grep -qF "\"$label\":\"$version\""; then exit 0; fi

work=
trap '[ -z "$work" ] || rm -rf "$work"' EXIT
tar=$cache/$version.tar
if [ ! -s "$tar" ]; then
  rm -f "$cache"/*.tar
  work=$(mktemp -d "$cache/work.XXXXXX")
  fs=$work/root
  mkdir -p "$fs"/{bin,sbin,lib,lib64,usr/bin,usr/sbin,usr/lib,usr/local/bin,etc,tmp,var/tmp,proc,sys,dev,run,root,home/node}

  busybox=$(command -v busybox || true)
  if [ -z "$busybox" ] || ldd "$busybox" >/dev/null 2>&1; then
    # The work directory is private, which apt's own user can't enter.
    download() { apt-get download -qq -o APT::Sandbox::User=root busybox-static; }
    (cd "$work" && { download 2>/dev/null || { apt-get update -qq && download; }; } && dpkg-deb -x busybox-static_*.deb .) >&2
    busybox=$work/bin/busybox
  fi
  install -m 755 "$busybox" "$fs/bin/busybox"
  "$busybox" --list | while read -r applet; do [ "$applet" = busybox ] || ln -s busybox "$fs/bin/$applet"; done

  install -m 755 "$node" "$fs/usr/local/bin/node"
  # A sixth smaller; debuggers and profilers are not used in there.
  if command -v strip >/dev/null; then strip -s "$fs/usr/local/bin/node"; fi
  ldd "$node" | grep -oE '/[^ ]+\.so[^ ]*' | while read -r library; do install -D -m 755 "$(readlink -f "$library")" "$fs$library"; done

  printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$fs/etc/nsswitch.conf"
  printf 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000:node:/home/node:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$fs/etc/passwd"
  printf 'root:x:0:\nnode:x:1000:\nnogroup:x:65534:\n' >"$fs/etc/group"
  chmod 1777 "$fs/tmp" "$fs/var/tmp"
  tar -C "$fs" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$work/image.tar" .
  mv "$work/image.tar" "$tar"
fi
# Percent-encoded by hand: --url-query needs a curl that not every stable distribution has.
settings="changes=LABEL%20$label=$version&changes=CMD%20%5B%22node%22%5D&changes=ENV%20PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
api -X POST -T "$tar" -H 'Content-Type: application/x-tar' \
  "http://engine/images/create?fromSrc=-&repo=${tag%:*}&tag=${tag##*:}&$settings" >"$cache/import.log"
# The import answers 200 and tells of a failure in its last line.
if grep -q '"error"' "$cache/import.log"; then cat "$cache/import.log" >&2; exit 1; fi
