#!/usr/bin/env bash
# How long a start takes: from the process's start to the first answer of /healthz, and to the first page.
set -euo pipefail

program=$CARGO_TARGET_DIR/${PROFILE:-release}/autossl
starts=${STARTS:-20}
home=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server"; fi; rm -rf "$home"' EXIT

cat >"$home/autossl.toml" <<TOML
[server]
listen = "127.0.0.1:0"
[acme]
http_port = 0
[paths]
data = "data"
logs = "logs"
TOML

# Print milliseconds from the start of the process until each of the two answers.
one_start() {
    local log=$home/server.log began now url
    began=$(date +%s%N)
    "$program" serve --config "$home/autossl.toml" 2>"$log" &
    server=$!
    until url=$(grep -om1 'listening on http://[0-9.:]*' "$log"); do :; done
    url=${url#listening on }
    curl --silent --fail --output /dev/null "$url/healthz"
    now=$(date +%s%N)
    printf '%d ' $(((now - began) / 1000000))
    curl --silent --fail --output /dev/null "$url/login"
    now=$(date +%s%N)
    printf '%d\n' $(((now - began) / 1000000))
    kill "$server"
    wait "$server"
    server=
}

for _ in $(seq "$starts"); do one_start; done >"$home/times"
median() { cut -d' ' -f"$1" "$home/times" | sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] " ms, slowest " all[NR] " ms" }'; }
echo "machine: $(nproc) cores, $(uname -m), $(uname -r)"
echo "start to /healthz: median $(median 1)"
echo "start to the first page: median $(median 2)"
