#!/usr/bin/env bash
# Proves docker-compose.yml, docker-stack.yml and both Dockerfiles where no image can be pulled: compose reads the files, both images are built in a private
# engine on a base made of this system's own packages, and compose runs them together with a real PostgreSQL. The engine lives in namespaces of its own;
# nothing of it is left, and no other engine of this machine is touched.
# With --compile the images compile the hosts themselves, as for a user; without it they get the programs that were built here.
# Exit codes: 0 all of it held, 1 something did not, 69 no engine can be started here.
set -euo pipefail
ROOT_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT_DIR"
# shellcheck source=../scripts/tools.sh
. scripts/tools.sh

COMPILE=
[ "${1:-}" != --compile ] || COMPILE=1
CONFIGURATION=${CONFIGURATION:-Release}
PROJECT=escheck
ENGINE=

step() { say "$SECONDS s: $*"; }
fail() { say "$*"; exit 1; }
unavailable() { say "$*"; exit 69; }

can_apt || unavailable "compose-check needs root on Debian or Ubuntu."
require_dotnet || exit 69
PG_BIN=$(find_postgres) || unavailable "PostgreSQL is missing."
missing=()
have dockerd || missing+=(docker.io)
have ip || missing+=(iproute2)
docker compose version >/dev/null 2>&1 || have docker-compose || missing+=(docker-compose)
[ "${#missing[@]}" = 0 ] || apt_install "${missing[@]}" || unavailable "apt-get could not install: ${missing[*]}"

WORK=$(mktemp -d /var/tmp/es-compose.XXXXXX)
SOCKET=unix://$WORK/docker.sock
export DOCKER_BUILDKIT=0 # the builder that needs no plugin
d() { docker --host "$SOCKET" "$@"; }
compose() {
    if docker compose version >/dev/null 2>&1; then set -- docker compose "$@"; else set -- docker-compose "$@"; fi
    DOCKER_HOST=$SOCKET "$@" </dev/null
}
services() {
    compose -p $PROJECT -f docker-compose.yml -f "$WORK/override.yml" "$@"
}
# A program inside the engine's network.
inside() { nsenter --target "$(pgrep -P "$ENGINE" | head -n 1)" --net -- "$@"; }

finish() {
    local code=$?
    trap - EXIT INT TERM
    [ "$code" = 0 ] || { services ps; services logs --tail 15 | cut -c1-300; tail -n 15 "$WORK/dockerd.log"; } >&2 2>/dev/null || true
    # With the first process of its namespace everything in it ends, containers and mounts included.
    [ -z "$ENGINE" ] || { kill -KILL "$(pgrep -P "$ENGINE")"; wait "$ENGINE"; } 2>/dev/null || true
    rm -rf "$WORK"
    exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

start_engine() {
    mkdir "$WORK/exec"
    # shellcheck disable=SC2016
    unshare --net --mount --pid --fork --kill-child --mount-proc -- sh -c 'ip link set lo up && exec "$@"' sh \
        dockerd --host "$SOCKET" --data-root "$WORK/data" --exec-root "$WORK/exec" --pidfile "$WORK/dockerd.pid" --iptables=false --ip6tables=false \
        >"$WORK/dockerd.log" 2>&1 </dev/null &
    ENGINE=$!
    until d version >/dev/null 2>&1; do
        kill -0 "$ENGINE" 2>/dev/null || { tail -n 3 "$WORK/dockerd.log" >&2; ENGINE=; unavailable "No engine can be started here."; }
        sleep 0.1
    done
}

# The files of the packages every installation has, of these, and of all they depend on, with what their installation made.
package_files() {
    local required packages
    required=$(dpkg-query -W -f '${Package} ${Priority}\n' | awk '$2 == "required" { print $1 }')
    # shellcheck disable=SC2086
    packages=$(apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances $required "$@" \
        | grep '^[a-z0-9]' | sort -u)
    # Virtual packages have no files.
    # shellcheck disable=SC2086
    packages=$({ dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' $packages 2>/dev/null || true; } | awk '$1 == "installed" { print $2 }')
    # shellcheck disable=SC2086
    dpkg-query -L $packages | grep -v -E '^/usr/share/(doc|man|locale|info)/' | sed -E 's#^/(bin|sbin|lib|lib32|lib64|libx32)/#/usr/\1/#'
    printf '%s\n' /bin /sbin /lib /lib32 /lib64 /libx32 /etc/passwd /etc/group /etc/nsswitch.conf /etc/ld.so.cache /tmp
    find /usr/bin /usr/sbin -type l -lname '/etc/alternatives/*'
    find /etc/alternatives /etc/ld.so.conf.d /etc/ssl/certs /var/lib/dpkg -maxdepth 2 ! -type d ! -name '*.md5sums'
}

DOTNET=$(dirname "$(readlink -f "$(command -v dotnet)")")
NUGET=${NUGET_PACKAGES:-$HOME/.nuget/packages}

compiler_files() {
    find "$DOTNET" -type f
    sed -n 's/^ *"path": "\(.*\)",$/\1/p' src/*/obj/project.assets.json | sort -u | while read -r path; do [ ! -d "$NUGET/$path" ] || find "$NUGET/$path" -type f; done
    find "$NUGET"/microsoft.netcore.app.crossgen2.* -type f
}

# As the image "base": the packages, .NET, and with --compile what that needs. tar ends with 1 when a folder that others use changes meanwhile, of which only the name is taken.
import_base() {
    local names
    names=$(awk -F'|' '$3 == "yes" { print $2 }' scripts/tools.txt)
    # shellcheck disable=SC2086
    {
        package_files $names "$(dpkg-query -S "$PG_BIN/postgres" | cut -d: -f1)" libssl3 libstdc++6 zlib1g ca-certificates
        find "$DOTNET" -maxdepth 1 -type f
        find "$DOTNET/host" "$DOTNET/shared"
        [ -z "$COMPILE" ] || compiler_files
    } | sort -u | while read -r file; do
        if [ -e "$file" ] || [ -L "$file" ]; then echo "${file#/}"; fi
    done | { tar -C / --no-recursion --files-from=- -cf - || [ $? -eq 1 ]; } | d import --change "ENV NUGET_PACKAGES=$NUGET" \
        --change "ENV PATH=$DOTNET:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" - base >/dev/null
}

build() { d build -q "$@" >/dev/null 2>"$WORK/build.log" || { cat "$WORK/build.log" >&2; return 1; }; }

build_images() {
    local host image published
    import_base
    for host in Api Workers; do
        image=eventsourced-${host,,}
        if [ -n "$COMPILE" ]; then
            build -f "src/$host/Dockerfile" --build-arg SDK_IMAGE=base --build-arg RUNTIME_IMAGE=base -t "$image" .
        else
            published=$WORK/published/$host
            dotnet publish "src/$host" -c "$CONFIGURATION" --no-build -o "$published/app" -v q -nologo >"$WORK/publish.log" 2>&1 || { cat "$WORK/publish.log" >&2; return 1; }
            tar -C "$published" -cf - app | d import - published >/dev/null
            # The last stage as it is; the program comes from the image above instead of the stage that compiles.
            awk '/^ARG/ || stages == 2 { print } /^FROM/ { if (++stages == 2) print }' "src/$host/Dockerfile" | sed 's/--from=build/--from=published/' >"$WORK/Dockerfile"
            build -f "$WORK/Dockerfile" --build-arg RUNTIME_IMAGE=base -t "$image" .
        fi
    done
}

# What compose needs of the image postgres:17, which cannot be pulled.
build_postgres() {
    mkdir "$WORK/postgres"
    cat >"$WORK/postgres/entrypoint" <<SH
#!/bin/bash
set -e
data=/var/lib/postgresql/data
mkdir -p /run/postgresql && chown postgres: \$data /run/postgresql
run() { setpriv --reuid=postgres --regid=postgres --init-groups -- "\$@"; }
if [ ! -e \$data/PG_VERSION ]; then
    printf %s "\$POSTGRES_PASSWORD" | install -o postgres -m 600 /dev/stdin /tmp/password
    run $PG_BIN/initdb -D \$data -U "\$POSTGRES_USER" --pwfile=/tmp/password \$POSTGRES_INITDB_ARGS
    echo 'host all all all scram-sha-256' >>\$data/pg_hba.conf
    run $PG_BIN/pg_ctl -D \$data -w -o '-c listen_addresses= -c unix_socket_directories=/run/postgresql' start
    PGPASSWORD=\$POSTGRES_PASSWORD run $PG_BIN/psql -U "\$POSTGRES_USER" -d postgres -c "create database \$POSTGRES_DB"
    run $PG_BIN/pg_ctl -D \$data -w stop
fi
shift # the name of the server
exec setpriv --reuid=postgres --regid=postgres --init-groups -- $PG_BIN/postgres -D \$data -c listen_addresses='*' -c unix_socket_directories=/run/postgresql "\$@"
SH
    chmod 755 "$WORK/postgres/entrypoint"
    printf 'FROM base\nENV LANG=C.UTF-8 PATH=%s:/usr/sbin:/usr/bin\nCOPY entrypoint /entrypoint\nVOLUME /var/lib/postgresql/data\nSTOPSIGNAL SIGINT\nENTRYPOINT ["/entrypoint"]\n' "$PG_BIN" >"$WORK/postgres/Dockerfile"
    build -t postgres:17 "$WORK/postgres"
}

secret() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

check_files() {
    local name said
    compose -f docker-compose.yml config -q
    compose -f docker-stack.yml config -q
    for name in EVENTSOURCED_ADMIN_KEY POSTGRES_PASSWORD EVENTSOURCED_MASTER_KEY; do
        said=$( (unset "$name"; compose -f docker-compose.yml up --no-build 2>&1) && echo "It went on.") || true
        [ "$(wc -l <<<"$said")" = 1 ] && [[ ${said##*: } == "set $name, "* ]] || fail "Without $name compose said: $said"
    done
}

health() { d inspect -f '{{.State.Health.Status}}' "$1"; }

up() {
    local id deadline=$((SECONDS + 60))
    services up -d --no-build 2>"$WORK/up.log" || { cat "$WORK/up.log" >&2; return 1; }
    for id in $(services ps -q); do
        until [ "$(health "$id")" = healthy ]; do
            [ "$SECONDS" -lt "$deadline" ] && [ "$(d inspect -f '{{.State.Running}}' "$id")" = true ] || fail "$(d inspect -f '{{.Name}}' "$id") is $(health "$id")."
            sleep 0.2
        done
    done
}

status() { inside curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Simple $2" "http://127.0.0.1:8080$1"; }
expect() { [ "$2" = "$3" ] || fail "$1: expected $2, got $3."; }

# The signer has made its key, and told the API the public half.
check_sign_key() {
    local deadline=$((SECONDS + 30))
    until inside curl -s -H "Authorization: Simple $EVENTSOURCED_ADMIN_KEY" http://127.0.0.1:8080/api/v1/sign-keys/ | grep -q '"keyid"'; do
        [ "$SECONDS" -lt "$deadline" ] || fail "The signer has not registered its key."
        sleep 0.2
    done
    d exec "$(services ps -q signer)" test -f /sign-keys/key.asc || fail "The signer's key is not in its volume."
}

check_running() {
    local service id
    expect "ready" 200 "$(status /health/ready none)"
    expect "the given key" 200 "$(status '/api/events?after=0' "$EVENTSOURCED_ADMIN_KEY")"
    expect "another key" 401 "$(status '/api/events?after=0' "$(secret 24)")"
    expect "what the node sees of the data" "" "$(d exec "$(services ps -q node)" ls -A /data)"
    expect "what the node sees of the tokens" "node-build.token" "$(d exec "$(services ps -q node)" ls -A /tokens)"
    expect "what the signer sees of the data" "" "$(d exec "$(services ps -q signer)" ls -A /data)"
    expect "what the signer sees of the tokens" "node-sign.token" "$(d exec "$(services ps -q signer)" ls -A /tokens)"
    for service in web_server workers node; do
        expect "what $service sees of the signer's keys" "" "$(d exec "$(services ps -q $service)" ls -A /sign-keys 2>/dev/null)"
    done
    check_sign_key
    for service in web_server workers signer; do
        id=$(services ps -q $service)
        expect "the user of $service" "Uid: 1654 1654 1654 1654" "$(d exec "$id" sed -n 's/\s\+/ /g; /^Uid/p' /proc/1/status)"
    done
}

# A commit becomes an installed package: the demo is a client beside the node, at whose loopback address it serves its sample.
check_build() {
    d run --rm --network "container:$(services ps -q node)" --user 0:0 -e EVENTSOURCED_ADMIN_KEY eventsourced-workers demo --short --url http://web_server:8080 --timeout 240 \
        >"$WORK/demo.log" 2>&1 || { tail -n 20 "$WORK/demo.log" >&2; return 1; }
}

check_stop() {
    local id
    services stop 2>/dev/null
    for id in $(services ps -q); do
        expect "the exit code of $(d inspect -f '{{.Name}}' "$id")" 0 "$(d inspect -f '{{.State.ExitCode}}' "$id")"
    done
}

cat >"$WORK/override.yml" <<YAML
x-quick: &quick
  healthcheck: {interval: 1s}
  environment: &environment {DOTNET_TC_CallCounting: "0", DOTNET_EnableWriteXorExecute: "0"}
services:
  web_server: *quick
  workers: *quick
  signer: *quick
  node:
    <<: *quick
    environment: {<<: *environment, Git__PrivateHosts__0: 127.0.0.1}
YAML
step "a private engine"
start_engine
export EVENTSOURCED_ADMIN_KEY POSTGRES_PASSWORD EVENTSOURCED_MASTER_KEY
EVENTSOURCED_ADMIN_KEY=$(secret 24)
POSTGRES_PASSWORD=$(secret 16)
EVENTSOURCED_MASTER_KEY=$(head -c 32 /dev/urandom | base64)
step "compose reads the files, and asks for its secrets"
check_files
step "the images"
build_images
build_postgres
step "all services"
up
check_running
step "a build, from the commit to the installed package"
check_build
step "they stop when asked to, and come back with their data"
check_stop
up
expect "the first key after the second start" 200 "$(status '/api/events?after=0' "$EVENTSOURCED_ADMIN_KEY")"
step "all of it held"
