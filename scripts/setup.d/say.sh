# What the set-up says, and the little it needs to say it. Sourced by scripts/setup.
# shellcheck shell=bash disable=SC2154,SC2016,SC2034

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
have() { command -v "$1" > /dev/null 2>&1; }

# step NAME COMMAND...: run it, keep its output in a log, and say how long it took. Shows the log's end when it fails.
step() {
    attempt "$@" || { tail -n 15 "$cache/setup.log" >&2; return 1; }
}

# attempt NAME COMMAND...: the same for what may fail, since there is another way.
attempt() {
    local name=$1 start=$SECONDS
    shift
    say "$name ..."
    if "$@" > "$cache/setup.log" 2>&1 9>&-; then
        say "$name: $((SECONDS - start)) s"
    else
        say "$name: failed after $((SECONDS - start)) s"
        return 1
    fi
}

# limited SECONDS COMMAND...: with a time limit where the system can set one.
limited() {
    local limit=$1
    shift
    if have timeout; then timeout "$limit" "$@"; else "$@"; fi
}

# at_least WANTED VERSION: compare dotted versions.
at_least() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }
