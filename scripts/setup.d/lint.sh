# Clippy, rustfmt and the two checks of Cargo.toml. Sourced by scripts/setup.
# shellcheck shell=bash disable=SC2154,SC2016,SC2034

cargo_deny=0.20.2
cargo_shear=1.14.0

need_components() {
    if rustfmt --version > /dev/null 2>&1 && cargo clippy --version > /dev/null 2>&1; then return; fi
    if [ -n "${debian:-}" ]; then
        apt_install rust-web-clippy rustfmt-web && use_debian
    elif have rustup; then
        step "rustup: clippy, rustfmt" limited 180 rustup component add clippy rustfmt
    else
        die "please install clippy and rustfmt for $(rustc --version)"
    fi
}

need_lint_tools() {
    need_lint_tool cargo-deny "$cargo_deny" && need_lint_tool cargo-shear "$cargo_shear"
}

# need_lint_tool NAME VERSION: Astral publishes both as Python wheels, which saves compiling them for minutes.
need_lint_tool() {
    local home="$cache/tools/$1-$2"
    if [ ! -x "$home/bin/$1" ]; then
        python3 -m pip --version > /dev/null 2>&1 || ! can_install || apt_install python3-pip || true
        attempt "$1 $2" install_wheel "$1" "$2" "$home" || step "$1 $2, compiled" compile_tool "$1" "$2" "$home" || return
    fi
    mkdir -p "$cache/tools/bin"
    ln -sfn "$home/bin/$1" "$cache/tools/bin/$1"
}

install_wheel() {
    python3 -m pip install --quiet --no-deps --only-binary :all: --upgrade --target "$3" "astral-dev-toolchain-$1==$2" && "$3/bin/$1" --version
}

compile_tool() {
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        CARGO_TARGET_DIR="$cache/tools/target" cargo install --quiet --locked --root "$3" --version "$2" "$1"
}
