#!/usr/bin/env bash
# Proves run.sh as somebody uses it: as an ordinary account where this one is root, in a data folder of its own, on a port of its own.
# Exit codes: 0 all of it held, 1 something did not.
set -uo pipefail
set -m # every run in a process group of its own, which the interrupt key of a terminal reaches as a whole
ROOT_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=../scripts/tools.sh
. "$ROOT_DIR/scripts/tools.sh"

WORK=$(mktemp -d "${TMPDIR:-/tmp}/es-run.XXXXXX")
DATA=$WORK/data
URL=http://127.0.0.1:$(free_port)
RUN=

step() { say "$SECONDS s: $*"; }
fail() {
    say "$*"
    tail -n 30 "${SAID:-$WORK/said}" >&2
    exit 1
}
# Nobody in particular: no home, no rights.
user() { if as_root; then env HOME="$WORK/home" setpriv --reuid=nobody --regid=nogroup --clear-groups -- "$@"; else "$@"; fi; }
run() { user "$ROOT_DIR/run.sh" "$@"; }
# The processes of this data folder, whoever their parent is.
running() { grep -lzaF -f "$WORK/wanted" /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3 | sort -u; }

# A process that ends is there until the kernel has cleared it away.
are_gone() {
    local since=$SECONDS
    while [ -n "$(running)" ]; do
        [ $((SECONDS - since)) -lt 10 ] || return 1
        sleep 0.1
    done
}
still_there() { ps -o pid=,stat=,args= -p "$(running | paste -sd,)"; }

private_hosts() { for pid in $(running); do tr '\0' '\n' <"/proc/$pid/environ"; done 2>/dev/null | grep '^Git__PrivateHosts' | sort -u; }

finish() {
    local code=$?
    trap - EXIT
    [ -z "$RUN" ] || kill -KILL $(running) 2>/dev/null
    rm -rf "$WORK"
    exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

expect() {
    local code=$1 text=$2 SAID=$WORK/said got
    shift 2
    "$@" >"$WORK/said" 2>&1 </dev/null
    got=$?
    [ "$got" = "$code" ] || fail "$* ended with $got, not $code:"
    grep -qF -e "$text" "$WORK/said" || fail "$* did not say \"$text\":"
}

start() {
    SAID=$WORK/run
    : >"$WORK/run" # what an earlier start said is no answer of this one
    run --url "$URL" --data "$DATA" --no-install >"$WORK/run" 2>&1 </dev/null &
    RUN=$!
    until grep -q '^Logs in' "$WORK/run"; do
        kill -0 "$RUN" 2>/dev/null || fail "run.sh ended:"
        sleep 0.1
    done
    grep -q "^Ready at $URL" "$WORK/run" || fail "run.sh does not say where it is ready:"
}

interrupt() {
    kill -INT -- "-$RUN"
    wait "$RUN"
    local code=$?
    RUN=
    [ "$code" = 0 ] || fail "Interrupted, run.sh ended with $code:"
    are_gone || fail "Interrupted, run.sh left behind: $(still_there)"
}

chmod 755 "$WORK"
mkdir "$WORK/home"
! as_root || chown nobody:nogroup "$WORK" "$WORK/home"
printf %s "$DATA" >"$WORK/wanted"

step "the owner of the checkout builds"
expect 0 "Nothing is wrong." "$ROOT_DIR/run.sh" doctor --data "$WORK/owner" --no-install
step "usage"
expect 0 "Exit codes:" run --help
expect 2 "Unknown: serve" run serve
expect 2 "--data needs a value" run verify --data
expect 2 "--url must look like" run --url localhost
expect 2 "--days must be from 1 to 3660" run token admin --days 0 --data "$DATA" --no-install
expect 78 "is not this account's" run --data "$WORK/owner" --no-install
expect 78 "cannot be created" run --data /proc/nowhere --no-install

step "start"
start
grep -q '^  bwrap ' "$WORK/run" || fail "run.sh shows no table of tools:"
[ "$(private_hosts)" = Git__PrivateHosts__0=127.0.0.1 ] || fail "At a loopback address the node may fetch from: $(private_hosts)"
step "commands beside it, with the options behind them"
expect 0 "." run token admin --days 2 --url "$URL" --data "$DATA" --no-install
expect 1 "There is no active user" run token nobody --data "$DATA" --no-install
expect 0 "PostgreSQL" run doctor --data "$DATA" --no-install
step "the demo"
begun=$SECONDS
expect 0 "dnf: greet 1.0" run demo --url "$URL" --data "$DATA" --timeout 180 --no-install # twice what it may take, as other tests run beside it
step "the demo took $((SECONDS - begun)) s"
expect 0 "" run verify --data "$DATA" --no-install
step "interrupt"
interrupt

step "kill -9 of everything, and a start after that"
start
kill -KILL $(running)
wait "$RUN" 2>/dev/null
are_gone || fail "Something survived kill -9: $(still_there)"
Git__PrivateHosts__0='' start
[ "$(private_hosts)" = Git__PrivateHosts__0= ] || fail "Switched off, the node may fetch from: $(private_hosts)"
expect 0 "" run verify --data "$DATA" --no-install
interrupt

step "where no user namespaces can be made the demo says which steps need root"
isolated() { user bwrap --unshare-user --disable-userns --uid 1000 --dev-bind / / -- "$@"; }
expect 3 "need root here" isolated "$ROOT_DIR/run.sh" demo --url "$URL" --data "$DATA" --no-install
step "all of it held"
