# acme2certifier, an ACME CA in Python whose orders can be left pending. Sourced by scripts/setup.
# shellcheck shell=bash disable=SC2154,SC2016,SC2034

acme2certifier=0.46.3
acme2certifier_home=$cache/tools/acme2certifier-$acme2certifier

need_acme2certifier() {
    if [ -e "$acme2certifier_home/.complete" ]; then return; fi
    have python3 || apt_install python3 || return
    # Debian's python3 has the module venv without what it needs.
    python3 -c 'import ensurepip' 2> /dev/null || ! can_install || apt_install python3-venv || return
    step "acme2certifier $acme2certifier" install_acme2certifier || die "no acme2certifier to be had from PyPI"
}

install_acme2certifier() {
    rm -rf "$acme2certifier_home"
    python3 -m venv "$acme2certifier_home" \
        && "$acme2certifier_home/bin/python" -m pip install --quiet --disable-pip-version-check "acme2certifier==$acme2certifier" \
        && "$acme2certifier_home/bin/python" -c 'import acme2certifier.share' \
        && touch "$acme2certifier_home/.complete"
}
