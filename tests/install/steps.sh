# Sourced by the scripts beside it: what each of them needs to install something once.
#
# Every script takes the folder to build in (the checkout's .build), does nothing when what it installs is there and its own
# inputs have not changed, and fails loudly otherwise: a peer that cannot be had must never turn into a skipped test.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(mkdir -p "${1:?usage: $0 BUILD_FOLDER}" && cd "$1" && pwd)

# One installation at a time: two runs of make in one checkout share the folder.
exec 9>"$build/install.lock"
flock 9

# need COMMAND PACKAGE...: has Debian install the packages when the command is missing.
need() {
  command -v "$1" >/dev/null && return
  shift
  packages "$@"
}

# packages PACKAGE...: installs Debian packages, as root or through sudo.
packages() {
  local root=()
  [ "$(id -u)" = 0 ] || root=(sudo)
  if ! command -v apt-get "${root[@]}" >/dev/null; then
    echo "cannot install by itself here, for want of Debian's apt-get or of sudo; please install: $*" >&2
    exit 1
  fi
  echo "installing Debian packages: $*" >&2
  "${root[@]}" apt-get update -q >&2
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
}

# once STAMP FILE...: false when a run with the same inputs has finished before; the caller ends with "finished STAMP FILE...".
once() {
  local stamp=$build/$1.stamp
  shift
  [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$(digest "$@")" ]
}

finished() {
  local stamp=$build/$1.stamp
  shift
  digest "$@" >"$stamp"
}

digest() {
  (cd "$here" && cat "$@" | sha256sum | cut -d' ' -f1)
}
