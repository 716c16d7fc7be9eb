# Distribution packages: installed with apt where it is, asked for by name elsewhere. Sourced by scripts/setup.
# shellcheck shell=bash disable=SC2154,SC2016,SC2034

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

can_install() {
    have apt-get && { [ "$(id -u)" = 0 ] || { have sudo && sudo -n true 2> /dev/null; }; }
}

# Maintainer scripts must not start daemons: say so in a policy file where the machine has none.
without_daemons() {
    local policy=/usr/sbin/policy-rc.d made='' result=0
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" > /dev/null
        as_root chmod 755 "$policy"
        made=yes
    fi
    "$@" || result=$?
    [ -z "$made" ] || as_root rm -f "$policy"
    return "$result"
}

apt_update() {
    as_root apt-get -qq -o DPkg::Lock::Timeout=600 update
}

# apt_install PACKAGE...: those that are not installed.
apt_install() {
    local missing=() package
    for package in "$@"; do
        [ "$(dpkg-query -Wf '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    can_install || { say "please install: ${missing[*]} (needs root or passwordless sudo)"; return 1; }
    # Old lists may still do.
    [ -n "${apt_is_fresh:-}" ] || attempt "apt: package lists" apt_update || true
    apt_is_fresh=yes
    step "apt: ${missing[*]}" without_daemons as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y -o DPkg::Lock::Timeout=600 install --no-install-recommends --no-remove "${missing[@]}"
}

# need_packages COMMAND:PACKAGE...: packages only for commands that are not there.
need_packages() {
    local pair packages=() PATH="$PATH:/usr/sbin:/usr/local/sbin"
    for pair in "$@"; do
        # Two commands may come with one package.
        have "${pair%%:*}" || [[ " ${packages[*]} " == *" ${pair#*:} "* ]] || packages+=("${pair#*:}")
    done
    [ ${#packages[@]} -gt 0 ] || return 0
    have apt-get || die "please put these on PATH: ${packages[*]}"
    apt_install "${packages[@]}"
}
