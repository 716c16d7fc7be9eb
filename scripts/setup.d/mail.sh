# Dovecot, Exim and Postfix for the tests. Sourced by scripts/setup.
# shellcheck shell=bash disable=SC2154,SC2016,SC2034
#
# A Debian system has one mail transfer agent at a time: Exim is installed, and Postfix only unpacked into the cache. The rig starts
# both with configurations of their own.

postfix_home=$cache/postfix

need_mail_servers() {
    need_packages dovecot:dovecot-imapd exim4:exim4-daemon-light && need_postfix
}

need_postfix() {
    if [ -e "$postfix_home/.complete" ]; then return; fi
    if PATH="$PATH:/usr/sbin" have postfix; then return; fi
    have apt-get || die "please put postfix on PATH"
    step "postfix, unpacked from its Debian package" unpack_postfix || die "no postfix to be had; put it on PATH"
}

unpack_postfix() {
    local work libraries result=1
    work=$(mktemp -d)
    if (cd "$work" && apt-get -o "APT::Sandbox::User=$(id -un)" -qq download postfix) \
        && libraries=$(dpkg-deb -f "$work"/postfix_*.deb Depends | tr ',' '\n' | sed -n 's/^ *\(lib[a-z0-9.+-]*\).*/\1/p') \
        && apt_install $libraries; then
        rm -rf "$postfix_home"
        mkdir -p "$postfix_home"
        dpkg -x "$work"/postfix_*.deb "$postfix_home" && touch "$postfix_home/.complete"
        result=$?
    fi
    rm -rf "$work"
    return "$result"
}
