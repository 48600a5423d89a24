/**
 * Adds a line to authorized_keys, or takes it out, for any POSIX shell. Unraid's /root is made anew at each start: since 6.9 its .ssh is a link to
 * /boot/config/ssh/root, before that keys were copied from there; a root.pubkeys beside it is what its settings page writes.
 */
export function fileScript(what: 'add' | 'remove', line: string): string {
  return `line='${line}'
umask 077
add() {
  if [ -f "$1" ] && grep -qxF -- "$line" "$1"; then echo "file=$1"; return 0; fi
  mkdir -p "$(dirname "$1")" 2>/dev/null
  if [ -s "$1" ] && [ -n "$(tail -c 1 "$1")" ]; then echo >>"$1"; fi
  if printf '%s\\n' "$line" 2>/dev/null >>"$1"; then echo "file=$1"; else echo "refused=$1"; exit 1; fi
}
remove() {
  [ -f "$1" ] && grep -qxF -- "$line" "$1" || return 0
  # Whole beside it first: on a full disk nobody's keys are lost.
  rest="$1.smart-scanner"
  grep -vxF -- "$line" "$1" 2>/dev/null >"$rest"
  if [ $? -gt 1 ]; then rm -f "$rest"; echo "refused=$1"; exit 1; fi
  if cat "$rest" >"$1"; then rm -f "$rest"; echo "file=$1"; else echo "refused=$1"; exit 1; fi
}
own="$HOME/.ssh/authorized_keys"
kept=/boot/config/ssh/root/authorized_keys
if [ -d /boot/config ] && { [ -e /etc/unraid-version ] || [ -e /boot/config/ident.cfg ]; }; then
  if ! [ "$own" -ef "$kept" ]; then ${what} "$kept"; fi
  if [ -f /boot/config/ssh/root.pubkeys ]; then ${what} /boot/config/ssh/root.pubkeys; fi
fi
${what} "$own"
echo done=yes
`;
}
