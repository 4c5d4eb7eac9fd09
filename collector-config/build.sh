#!/usr/bin/env bash
# Build the Collector described by builder.yaml, once, and print the path of its binary.
#
#   build.sh          build it where it is missing; the path is the LAST line of stdout, all else goes to stderr
#   build.sh --path   print where it stands or would stand, build nothing; status 0 if it is there, 1 if not
#
# OTELCOL_BIN names a binary to use instead. Status 2: wrong arguments; 3: it must be built and there is no go.
set -euo pipefail

mode=${1-build}
if (($# > 1)) || [[ $mode != build && $mode != --path ]]; then
    echo "usage: build.sh [--path]" >&2
    exit 2
fi

is_there() { [[ -f $1 && -x $1 ]]; }

if [[ -n ${OTELCOL_BIN-} ]]; then
    echo "$OTELCOL_BIN"
    [[ $mode == build ]] || is_there "$OTELCOL_BIN"
    exit
fi

cd -- "$(dirname -- "${BASH_SOURCE[0]}")"

# sha256sum prints "digest  name", so the digest of its output covers names and contents; the C locale keeps the
# order of the files, and with it the digest, the same on every machine.
hash=$(LC_ALL=C; sha256sum builder.yaml generated/*.go generated/go.mod generated/go.sum | sha256sum | cut -d ' ' -f 1)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/clippy-otel/otelcol/$hash"
binary="$cache/otelcol"

if [[ $mode == --path ]]; then
    echo "$binary"
    is_there "$binary"
    exit
fi

build() {
    if ! command -v go >/dev/null; then
        echo "build.sh: the Collector must be built and go (1.25 or newer) is not on PATH; or set OTELCOL_BIN" >&2
        exit 3
    fi
    mkdir -p -- "$cache"
    # The lock lasts as long as file descriptor 9, which go inherits: if this script is killed, the next caller still
    # waits for the orphaned build. So one fixed name for the unfinished file is enough, and none is left over.
    exec 9>"$cache/lock"
    if ! flock --nonblock 9; then
        echo "build.sh: another process is building the Collector, waiting for it" >&2
        flock 9
    fi
    if is_there "$binary"; then return; fi
    echo "build.sh: building the Collector (minutes the first time) into $binary" >&2
    rm -f -- "$cache/otelcol.unfinished"
    # GOTOOLCHAIN=local: an old go says so instead of downloading another one. -buildvcs=false: the binary depends on
    # the hashed files alone, not on the commit they stand in.
    GOTOOLCHAIN=local GOWORK=off CGO_ENABLED=0 go -C generated build -mod=readonly -trimpath -buildvcs=false \
        -ldflags "-s -w" -o "$cache/otelcol.unfinished" . >&2
    # Only a rename makes it appear, so that nobody ever runs half a binary.
    mv -- "$cache/otelcol.unfinished" "$binary"
}

if ! is_there "$binary"; then build; fi
echo "$binary"
