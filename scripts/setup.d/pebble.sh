# Pebble, the ACME CA of the tests and the demo, with its DNS server. Sourced by scripts/setup.
# shellcheck shell=bash disable=SC2154,SC2016,SC2034
#
# 2.10 has renewal information, profiles and Retry-After. Older Debian releases carry 2.4, so the package is taken
# from a newer one and unpacked into the cache: it needs nothing but the C library, and apt's own state is not touched.

wanted_pebble=2.10

need_pebble() {
    if [ -x "$cache/pebble/pebble" ] && [ -x "$cache/pebble/pebble-challtestsrv" ]; then return; fi
    # Only 2.6 and later know -version.
    if have pebble && have pebble-challtestsrv && ! have apt-get; then return; fi
    have apt-get || die "please put pebble and pebble-challtestsrv ($wanted_pebble or newer, from letsencrypt/pebble) on PATH"
    step "pebble, unpacked from a Debian package" unpack_pebble || die "no pebble to be had; put pebble and pebble-challtestsrv on PATH"
}

unpack_pebble() {
    local suite
    for suite in forky sid trixie ''; do
        if unpack_pebble_from "$suite"; then return; fi
    done
    return 1
}

# unpack_pebble_from SUITE: with apt settings of its own; an empty SUITE means the one that this machine is on.
unpack_pebble_from() {
    local work options=() mirror result=1
    work=$(mktemp -d)
    if [ -n "$1" ]; then
        # Ubuntu's mirrors have no Debian suites: this fails there, and the machine's own suite is used.
        mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' | head -n 1)
        mkdir -p "$work"/lists/partial "$work"/cache/archives/partial "$work"/sources
        printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nTargets: Packages\nSigned-By: %s\n' \
            "${mirror:-none:}" "$1" /usr/share/keyrings/debian-archive-keyring.gpg > "$work/sources/newer.sources"
        options=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/sources" -o "Dir::State::lists=$work/lists"
            -o "Dir::Cache=$work/cache" -o Dir::State::status=/dev/null -o "APT::Sandbox::User=$(id -un)")
        apt-get "${options[@]}" -qq update || true
    fi
    if (cd "$work" && apt-get "${options[@]}" -qq download pebble) && dpkg -x "$work"/pebble_*.deb "$work/root" \
        && "$work/root/usr/bin/pebble" -help 2>&1 | grep -q -- -config; then
        mkdir -p "$cache/pebble"
        mv "$work/root/usr/bin/"* "$cache/pebble/"
        dpkg-deb -f "$work"/pebble_*.deb Version | tee "$cache/pebble/version"
        result=0
    fi
    rm -rf "$work"
    return "$result"
}
