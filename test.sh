#!/usr/bin/env bash
# Installs what the tests need, builds once, runs every test project on one PostgreSQL cluster, ends with "N passed, N failed".
# Names of projects as arguments (Domain EventStore …) run only those; "compose" and "run" are the checks tests/<name>-check.sh, "crash" is the crash test.
set -uo pipefail
ROOT_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$ROOT_DIR" || exit 2
# shellcheck source=scripts/tools.sh
. scripts/tools.sh

CONFIGURATION=${CONFIGURATION:-Release}
LIMIT=${TEST_LIMIT_SECONDS:-1200} # for one project
LANES=3 # more than cores: several wait for leases, disks and other programs
# Few processes here live long enough to earn back that a method is compiled a second time for speed, and none needs its code protected from itself.
export DOTNET_TC_CallCounting=0 DOTNET_EnableWriteXorExecute=0
# Hundreds of keys are made; compose-check has the default.
export Signing__KeyAlgorithm=ed25519 SignNode__KeyAlgorithm=ed25519
CRASH=EventSourced.Workers.Tests.Crash.CrashTests
WORK=$(mktemp -d "${TMPDIR:-/tmp}/es-test.XXXXXX") || exit 2
chmod 711 "$WORK"
PASSED=0
FAILED=0

finish() {
    trap - EXIT INT TERM
    [ -z "$(jobs -pr)" ] || kill $(jobs -pr) 2>/dev/null
    wait 2>/dev/null
    stop_cluster
    rm -rf "$WORK"
    echo "$PASSED passed, $FAILED failed"
    [ "$FAILED" = 0 ] && [ "$PASSED" -gt 0 ] || exit 1
    exit 0
}

fail() {
    say "$*"
    FAILED=$((FAILED + 1))
    finish
}

install_tools() {
    local missing
    mapfile -t missing < <(missing_packages)
    have curl || missing+=(curl)
    have dockerd || missing+=(docker.io)
    if [ "${#missing[@]}" -gt 0 ]; then
        say "Missing for the tests: ${missing[*]}"
        can_apt || fail "Install them with this system's package manager (as root on Debian or Ubuntu this script does it)."
        apt_install "${missing[@]}" || fail "apt-get could not install: ${missing[*]}"
    fi
    find_postgres >/dev/null && return
    can_apt || fail "PostgreSQL is missing: install the server package of your system."
    apt_install_postgres && find_postgres >/dev/null || fail "PostgreSQL could not be installed."
}

# As root the server runs as postgres: it refuses to be root.
as_server() {
    if as_root; then (cd / && setpriv --reuid=postgres --regid=postgres --init-groups --reset-env "$@"); else "$@"; fi
}

start_cluster() {
    PG_BIN=$(find_postgres)
    local port password
    CLUSTER=$WORK/pg
    port=$(free_port)
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    mkdir -m 700 "$CLUSTER"
    (umask 077 && printf %s "$password" >"$CLUSTER/pw")
    as_root && chown -R postgres: "$CLUSTER"
    as_server "$PG_BIN/initdb" -D "$CLUSTER/data" -U test --auth-local=trust --auth-host=scram-sha-256 --pwfile="$CLUSTER/pw" \
        --encoding=UTF8 --locale=C.UTF-8 --no-sync >"$WORK/initdb.log" 2>&1 || { cat "$WORK/initdb.log" >&2; return 1; }
    cat >>"$CLUSTER/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$CLUSTER'
max_connections = 400
shared_buffers = 256MB
max_wal_size = 4GB
jit = off
fsync = off
full_page_writes = off
synchronous_commit = off
CONF
    as_server "$PG_BIN/pg_ctl" -D "$CLUSTER/data" -l "$CLUSTER/log" -w -t 60 start >/dev/null || { cat "$CLUSTER/log" >&2; return 1; }
    export EVENTSOURCED_TEST_PG="Host=127.0.0.1;Port=$port;Username=test;Password=$password;Database=postgres"
}

stop_cluster() {
    [ -n "${CLUSTER:-}" ] && [ -e "$CLUSTER/data/postmaster.pid" ] || return 0
    as_server "$PG_BIN/pg_ctl" -D "$CLUSTER/data" -m immediate -w stop >/dev/null 2>&1
}

# One project: its runner writes what happened to a file; no file, an error or the time limit is a failure of the project itself.
# The crash test of Workers.Tests goes beside the others, and before them where processors are short.
run_project() {
    local name=$1 project=$1 only=() started=$SECONDS rc
    case "$name" in
    crash) project=Workers.Tests only=(-class "$CRASH") ;;
    Workers.Tests) only=(-class- "$CRASH") ;;
    esac
    [ "$name" = crash ] || renice -n 10 "$BASHPID" >/dev/null
    timeout --kill-after=20 "$LIMIT" dotnet "tests/$project/bin/$CONFIGURATION/net10.0/EventSourced.$project.dll" -noLogo -noColor "${only[@]}" -xml "$WORK/$name.xml" \
        </dev/null >"$WORK/$name.log" 2>&1
    rc=$?
    echo "$rc $((SECONDS - started))" >"$WORK/$name.rc"
}

# A check by script counts as one test. What cannot be checked on this machine (exit code 69) is said, and counts for nothing.
run_check() {
    local started=$SECONDS
    renice -n 10 "$BASHPID" >/dev/null
    timeout --kill-after=20 "$LIMIT" "tests/$1-check.sh" </dev/null >"$WORK/$1.log" 2>&1
    echo "$? $((SECONDS - started))" >"$WORK/$1.rc"
}

report_check() {
    local name=$1 rc seconds passed=0 failed=0
    read -r rc seconds <"$WORK/$name.rc"
    case "$rc" in
    0) passed=1 ;;
    69) echo "$name: not checked here: $(tail -n 1 "$WORK/$name.log")"; return ;;
    *) failed=1; cat "$WORK/$name.log" ;;
    esac
    echo "$name: $passed passed, $failed failed ($seconds s, exit $rc)"
    PASSED=$((PASSED + passed))
    FAILED=$((FAILED + failed))
}

# The sum of an attribute over the <assembly> elements of a result file.
count() { grep -o '<assembly [^>]*>' "$2" | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ n += $1 } END { print n + 0 }'; }

report() {
    local name=$1 rc seconds passed=0 failed=0 skipped=0 total=0
    read -r rc seconds <"$WORK/$name.rc"
    if [ -s "$WORK/$name.xml" ]; then
        total=$(count total "$WORK/$name.xml")
        passed=$(count passed "$WORK/$name.xml")
        skipped=$(count skipped "$WORK/$name.xml")
        failed=$(($(count failed "$WORK/$name.xml") + $(count errors "$WORK/$name.xml")))
    fi
    # A skipped test proves nothing, and a runner that ended badly without naming a failure crashed.
    failed=$((failed + skipped))
    if [ "$failed" = 0 ] && { [ ! -s "$WORK/$name.xml" ] || { [ "$rc" != 0 ] && [ "$total" -gt 0 ]; }; }; then failed=1; fi
    [ "$failed" = 0 ] || cat "$WORK/$name.log"
    echo "$name: $passed passed, $failed failed ($seconds s, exit $rc)"
    PASSED=$((PASSED + passed))
    FAILED=$((FAILED + failed))
}

is_check() { [ -x "tests/$1-check.sh" ]; }

# The crash test takes two lanes: what it waits for has to happen within limits.
busy_lanes() { jobs -pr | awk -v crash="${CRASHING:-}" '{ n += $1 == crash ? 2 : 1 } END { print n + 0 }'; }

run_projects() {
    local name
    for name in "$@"; do
        while [ "$(busy_lanes)" -ge "$LANES" ]; do wait -n; done
        if is_check "$name"; then run_check "$name" & else run_project "$name" & fi
        [ "$name" != crash ] || CRASHING=$!
    done
    wait
    for name in "$@"; do if is_check "$name"; then report_check "$name"; else report "$name"; fi; done
}

trap finish EXIT INT TERM
require_dotnet || fail "Nothing was built."
install_tools

PROJECTS=()
if [ $# -gt 0 ]; then
    for name in "$@"; do if is_check "$name" || [ "$name" = crash ]; then PROJECTS+=("$name"); else PROJECTS+=("${name%.Tests}.Tests"); fi; done
else
    # The long ones first, so that all lanes end together.
    PROJECTS=(crash Workers.Tests EventStore.Tests Api.Tests compose run Messaging.Tests)
    for dir in tests/*.Tests; do
        case " ${PROJECTS[*]} " in *" $(basename "$dir") "*) ;; *) PROJECTS+=("$(basename "$dir")") ;; esac
    done
fi

say "Building ($CONFIGURATION)"
dotnet build EventSourced.sln -c "$CONFIGURATION" -v q -nologo >"$WORK/build.log" 2>&1 || { grep -E 'error|warning' "$WORK/build.log" | sort -u | head -50; fail "The build failed."; }
start_cluster || fail "The test cluster did not start."
run_projects "${PROJECTS[@]}"
finish
