#!/bin/sh
# Runs tally on small inputs and compares what it prints.
set -eu
tally=$1
expect() {
    [ "$1" = "$2" ] || { printf 'expected:\n%s\ngot:\n%s\n' "$1" "$2" >&2; exit 1; }
}
expect "$(printf '3\tb\n2\ta\n1\tc')" "$(printf 'b\na\nb\nc\nb\na\n' | "$tally")"
expect "$(printf '1\tno newline')" "$(printf 'no newline' | "$tally")"
expect "" "$(printf '' | "$tally")"
! "$tally" /nonexistent 2>/dev/null
