# One Rust compiler for everything, with a standard library for wasm32-unknown-unknown. Sourced by scripts/setup.
# shellcheck shell=bash disable=SC2154,SC2016,SC2034
#
# The ordinary way is rustup. Where it cannot fetch the target, Debian's compiler is used instead, and the target's
# standard library is built once from Debian's sources into the cache; /usr/lib/rustlib stays as the packages left it.

target=wasm32-unknown-unknown

need_rust() {
    need_packages cc:gcc || return
    [ -e /usr/include/stdlib.h ] || ! have apt-get || apt_install libc6-dev || return
    if active_is_new_enough && active_has_target; then return; fi
    if ! debian_is_ready; then
        if active_is_new_enough && have rustup && [ -z "${AUTOSSL_NO_RUSTUP:-}" ] \
            && attempt "rustup: target $target" limited 180 rustup target add "$target"; then return; fi
        can_install || die "no compiler for $target: install Rust $(oldest_rust) or newer, then \`rustup target add $target\`"
        build_debian_target || die "Debian's compiler could not be set up either; see $cache/setup.log"
    fi
    use_debian
}

oldest_rust() { sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml" | head -n 1; }

active_is_new_enough() {
    local version
    version=$(cd "$root" && rustc --version 2> /dev/null | cut -d ' ' -f 2) || return
    [ -n "$version" ] && at_least "$(oldest_rust)" "$version"
}

active_has_target() {
    local sysroot
    sysroot=$(cd "$root" && rustc --print sysroot) && compgen -G "$sysroot/lib/rustlib/$target/lib/libstd-*.rlib" > /dev/null
}

# The standard library fits one compiler only, so its folder is named after it.
debian_sysroot() { echo "$cache/sysroot/$(/usr/bin/rustc --version | tr -c 'A-Za-z0-9.\n' '-')"; }

debian_linker() { echo "wasm-ld-$(/usr/bin/rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')"; }

debian_is_ready() {
    [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -d "$(debian_sysroot)" ] && have "$(debian_linker)"
}

use_debian() {
    debian=yes
    local tool
    mkdir -p "$cache/toolchain/bin"
    for tool in cargo rustc rustdoc rustfmt cargo-fmt cargo-clippy clippy-driver; do
        if [ -x "/usr/bin/$tool" ]; then ln -sfn "/usr/bin/$tool" "$cache/toolchain/bin/$tool"; fi
    done
    PATH="$cache/toolchain/bin:$PATH"
}

build_debian_target() {
    apt_install rustc-web cargo-web rust-web-src || return
    at_least "$(oldest_rust)" "$(/usr/bin/rustc --version | cut -d ' ' -f 2)" \
        || { say "the rustc-web package is older than Rust $(oldest_rust)"; return 1; }
    local linker
    linker=$(debian_linker)
    apt_install "lld-${linker##*-}" || return
    step "the standard library for $target" build_std
}

build_std() {
    local work sysroot libraries
    work=$(mktemp -d) sysroot=$(debian_sysroot)
    libraries="$work/sysroot/lib/rustlib/$target/lib"
    mkdir -p "$work/src" "$libraries" "$cache/sysroot"
    printf '[package]\nname = "empty"\nedition = "2024"\n[workspace]\n' > "$work/Cargo.toml"
    : > "$work/src/lib.rs"
    # Bitcode, or a program that links with it cannot be optimised as a whole (LTO).
    (
        cd "$work"
        use_debian
        env -u RUSTUP_TOOLCHAIN -u CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS \
            RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes CARGO_PROFILE_RELEASE_OPT_LEVEL=3 CARGO_TARGET_DIR="$work/target" \
            cargo build --release --target "$target" -Zbuild-std=std,panic_abort
    ) || { rm -rf "$work"; return 1; }
    cp "$work/target/$target/release/deps/"*.rlib "$libraries/"
    rm "$libraries"/libempty-*.rlib
    rm -rf "$sysroot"
    mv "$work/sysroot" "$sysroot"
    rm -rf "$work"
}
