#!/usr/bin/env bash
# The crash test of the suite for longer: kills Api, Workers, nodes and PostgreSQL again and again under load, then checks that nothing was lost, doubled, skipped or half done.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage() {
    cat <<'TEXT'
Usage: tests/crash.sh [--rounds N] [--seed S] [--logs DIR]

  --rounds N   kill everything N times over      (default 20; a round takes a good minute)
  --seed S     kill in the order of an earlier run
  --logs DIR   keep what every process of the hosts wrote
TEXT
}

export EVENTSOURCED_CRASH_ROUNDS=20
while [ $# -gt 0 ]; do
    case "$1" in
    -h | --help) usage; exit 0 ;;
    --rounds | --seed | --logs) [ $# -gt 1 ] || { echo "$1 needs a value." >&2; exit 2; } ;;
    *) echo "Unknown: $1" >&2; usage >&2; exit 2 ;;
    esac
    case "$1" in
    --rounds) EVENTSOURCED_CRASH_ROUNDS=$2 ;;
    --seed) export EVENTSOURCED_CRASH_SEED=$2 ;;
    --logs) mkdir -p "$2"; EVENTSOURCED_CRASH_LOGS=$(cd "$2" && pwd); export EVENTSOURCED_CRASH_LOGS ;;
    esac
    shift 2
done

CONFIGURATION=${CONFIGURATION:-Release}
dotnet build tests/Workers.Tests -c "$CONFIGURATION" -v q -nologo
exec dotnet "tests/Workers.Tests/bin/$CONFIGURATION/net10.0/EventSourced.Workers.Tests.dll" -noLogo -noColor -showLiveOutput -class EventSourced.Workers.Tests.Crash.CrashTests
