# Write <cache>/env.sh, which scripts/step reads: one compiler, one set of tools, one place for builds. Sourced by scripts/setup.
# shellcheck shell=bash disable=SC2154,SC2016,SC2034

write_env() {
    local file="$cache/env.sh"
    print_env > "$file.new"
    if cmp -s "$file.new" "$file"; then rm "$file.new"; else mv "$file.new" "$file"; fi
}

print_env() {
    local chromium front=$cache/tools/bin
    echo '# Written by scripts/setup; changes are lost.'
    set_default CARGO_TARGET_DIR "$cache/target"
    set_default AUTOSSL_FRONT_TARGET "$cache/target-front"
    if [ -n "${debian:-}" ]; then
        # Not through rustup: its cargo would pick its own compiler.
        echo 'unset RUSTUP_TOOLCHAIN RUSTC CARGO'
        front=$cache/toolchain/bin:$front
        set_always CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER "$(debian_linker)"
        set_always CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS "--sysroot=$(debian_sysroot)"
    fi
    # Cargo looks for its subcommands in its own folder first, unless PATH says where that comes.
    printf 'case ":$PATH:" in *":%s:"*) ;; *) export PATH="%s:$PATH:${CARGO_HOME:-$HOME/.cargo}/bin" ;; esac\n' "$front" "$front"
    [ -z "${wasm_opt:-}" ] || set_always AUTOSSL_WASM_OPT "$wasm_opt"
    if [ -x "$cache/pebble/pebble" ]; then
        set_default AUTOSSL_PEBBLE "$cache/pebble/pebble"
        set_default AUTOSSL_CHALLTESTSRV "$cache/pebble/pebble-challtestsrv"
    fi
    if [ -x "$acme2certifier_home/bin/python" ]; then
        set_default AUTOSSL_ACME2CERTIFIER "$acme2certifier_home/bin/python"
    fi
    if [ -e "$postfix_home/.complete" ]; then set_default AUTOSSL_POSTFIX "$postfix_home/usr/sbin/postfix"; fi
    if chromium=$(find_chromium); then set_default AUTOSSL_CHROMIUM "$chromium"; fi
    set_always PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD 1
}

set_always() { printf 'export %s=%q\n' "$1" "$2"; }
set_default() { printf 'export %s="${%s:-%s}"\n' "$1" "$1" "$2"; }
