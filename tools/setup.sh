# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by tools/run, tests/run and .ci/run: installs what is missing, configures, compiles.
# Everything said here goes to stderr, and nothing here reads standard input: both belong to the
# program that is started afterwards.

unset CDPATH
top=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd -P)

# One line per Debian package: who needs it, its name, what proves that it is there by other means
# (a command, a header in <>, or a file), and the reason. "build" serves tools/run and tests/run
# alike, because both use one build directory.
package_table='
build  meson                 meson                configures the build
build  ninja-build           ninja                runs the build
build  g++                   c++                  the C++20 compiler
build  pkg-config            pkg-config           finds the libraries
build  libfmt-dev            <fmt/format.h>       text formatting in the library
build  libxxhash-dev         <xxhash.h>           checksums and hashes of every file format
build  liblz4-dev            <lz4.h>              block compression
build  libzstd-dev           <zstd.h>             block compression
build  libcli11-dev          <CLI/CLI.hpp>        command lines of the programs
build  libsnappy-dev         <snappy-c.h>         blocks of LevelDB tables
build  libedit-dev           <histedit.h>         line editing in the shell
build  libcurl4-openssl-dev  <curl/curl.h>        the shell over the wire
build  libboost1.81-dev      <boost/beast.hpp>    HTTP of the server
build  libboost-json1.81-dev <boost/json.hpp>     JSON of the programs
build  doctest-dev           <doctest/doctest.h>  framework of the tests
build  scdoc                 scdoc                renders the manual pages
tests  libleveldb-dev        <leveldb/db.h>       makes databases that the tests read
tests  wamerican             /usr/share/dict/words real words as test input
tests  unicode-data          /usr/share/unicode/UnicodeData.txt real multi-byte text as test input
ci     clang-14              clang++-14           second compiler, checks who holds which lock
ci     clang-format-14       clang-format-14      one format for all code
ci     prometheus            promtool             checks the metrics of the server
ci     chromium              chromium             shows the console of the server in its test
ci     git                   git                  proves that the tests leave the tree clean
'

say() {
    printf 'strata: %s\n' "$*" >&2
}

# Only one set-up or build at a time: others wait here. The lock is on this file, since the build
# directory may be made anew under it.
lock() {
    command -v flock >/dev/null || return 0
    exec {lock_fd}<"$top/tools/setup.sh"
    flock -n "$lock_fd" && return 0
    say 'waiting for another build of this tree'
    flock "$lock_fd"
}

# Must come before a program is started, which would keep the lock for as long as it runs.
unlock() {
    [ -z "${lock_fd:-}" ] || exec {lock_fd}<&-
    lock_fd=
}

# present PROBE: whether a command or a header can be found, whoever put it there.
present() {
    case $1 in
        /*) [ -e "$1" ] ;;
        '<'*) printf '#include %s\n' "$1" | c++ -std=c++20 -E -x c++ - >/dev/null 2>&1 ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

# Sets `missing` to the packages of the groups $1 ("build tests") that are not there, and `reasons`
# to one line for each.
find_missing() {
    local group package probe reason installed=' '
    if command -v dpkg-query >/dev/null; then
        local known
        known=$(awk '{ print $2 }' <<<"$package_table")
        # shellcheck disable=SC2086 # one word per package
        installed=" $(dpkg-query -W -f '${db:Status-Status}:${Package}\n' $known 2>/dev/null |
            sed -n 's/^installed://p' | tr '\n' ' ') "
    fi
    missing=() reasons=()
    while read -r group package probe reason; do
        [[ -n $group && " $1 " == *" $group "* ]] || continue
        [[ $installed == *" $package "* ]] || present "$probe" || {
            missing+=("$package")
            reasons+=("$(printf '%-22s %s' "$package" "$reason")")
        }
    done <<<"$package_table"
}

install_packages() {
    local as_root=() log
    if [ "$(id -u)" -ne 0 ]; then
        as_root=(sudo)
    fi
    if ! command -v apt-get >/dev/null || ! command -v "${as_root[0]:-id}" >/dev/null; then
        say 'install these packages (Debian names) and run this again:'
        printf '  %s\n' "${reasons[@]}" >&2
        say 'this needs apt-get, and root or sudo, to do it by itself'
        exit 3
    fi
    say 'installing what is missing:'
    printf '  %s\n' "${reasons[@]}" >&2
    log=$(mktemp)
    apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@"; }
    # Package lists may be absent or stale; only a failure tells.
    apt install --no-install-recommends "${missing[@]}" >"$log" 2>&1 </dev/null ||
        { apt update && apt install --no-install-recommends "${missing[@]}"; } \
            >"$log" 2>&1 </dev/null || {
        tail -n 20 "$log" >&2
        rm -f "$log"
        say "apt-get could not install: ${missing[*]}"
        exit 3
    }
    rm -f "$log"
}

# ensure_packages GROUPS: returns at once when a former run found everything. The stamp is written
# by compile, once a build has proved it.
ensure_packages() {
    stamp=$top/build/.packages-${1// /-}
    [[ -r $stamp && $(<"$stamp")$'\n' == "$package_table" ]] && return 0
    find_missing "$1"
    [ ${#missing[@]} -eq 0 ] || install_packages
    stamp_due=yes
}

# configure DIRECTORY [OPTION...]: once; a directory that belongs to another place (the tree was
# moved or copied) is made anew, one that somebody configured by hand is kept as it is.
configure() {
    local directory=$1 log
    shift
    if [ -f "$directory/build.ninja" ]; then
        grep -qsF "\"source\": \"$top\"" "$directory/meson-info/meson-info.json" && return 0
        say "${directory##*/}/ was made for another place; making it anew"
    fi
    if [ -d "$directory/meson-private" ]; then
        rm -rf "$directory"
    fi
    say "configuring ${directory##*/}/ (the first build takes a minute or two)"
    mkdir -p "$directory"
    log=$directory/setup.log
    meson setup "$@" "$directory" "$top" >"$log" 2>&1 </dev/null || {
        tail -n 20 "$log" >&2
        rm -f "$directory/build.ninja" "$directory"/.packages-*
        say "cannot configure; the whole story is in $log"
        return 3
    }
}

# Shows the lines of ninja as one line that changes, and leaves no trace of it.
show_progress() {
    local line width shown=
    width=$(tput cols 2>/dev/null) || width=80
    while IFS= read -r line; do
        [[ $line == '['* ]] || continue
        printf '\r\033[K%s' "${line:0:width-1}" >&2
        shown=yes
    done
    [ -z "$shown" ] || printf '\r\033[K' >&2
}

# compile DIRECTORY [TARGET...]: silent unless it fails.
compile() {
    local directory=$1 log=$1/compile.log status
    shift
    local ninja=(ninja -C "$directory" -j "$(nproc)" "$@")
    if [ -t 2 ]; then
        "${ninja[@]}" 2>&1 </dev/null | tee "$log" | show_progress
        status=${PIPESTATUS[0]}
    else
        "${ninja[@]}" >"$log" 2>&1 </dev/null
        status=$?
    fi
    if [ "$status" -eq 0 ]; then
        [ -z "${stamp_due:-}" ] || [ ! -d "$top/build" ] || printf '%s' "$package_table" >"$stamp"
        return 0
    fi
    # Perhaps a package is gone: look again next time.
    rm -f "$top"/build/.packages-*
    grep -vE '^\[[0-9]+/[0-9]+\] ' "$log" | head -n 60 >&2
    say "the build failed; the whole story is in $log"
    return 3
}

# The one build directory of tools/run and tests/run: optimized, with assertions. Another compiler
# may warn of more than ours; that must stop us, not somebody who wants to use the program.
configure_default() {
    local werror=false
    [ "${CI:-}" != true ] || werror=true
    configure "$top/build" --buildtype=debugoptimized -Ddebug=false -Db_ndebug=false \
        -Dwerror="$werror"
}
