# wasm-opt, which makes the browser's program about a fifth smaller. Sourced by scripts/setup.
# shellcheck shell=bash disable=SC2154,SC2016,SC2034
#
# Only a smaller file depends on it, so it is left out where there is no npm; `make test` brings npm.

binaryen=132.0.0
oldest_wasm_opt=117

need_wasm_opt() {
    wasm_opt="$cache/npm/binaryen-$binaryen/node_modules/.bin/wasm-opt"
    if [ -x "$wasm_opt" ] && have node; then return; fi
    if have wasm-opt && at_least "$oldest_wasm_opt" "$(wasm-opt --version | grep -o '[0-9]\+' | head -n 1)"; then
        wasm_opt=$(command -v wasm-opt)
    elif have npm; then
        step "npm: binaryen $binaryen (wasm-opt)" npm install --prefix "$cache/npm/binaryen-$binaryen" --no-save --no-audit --no-fund "binaryen@$binaryen" \
            || { wasm_opt=''; say "the front end stays larger without it"; }
    else
        wasm_opt=''
        say "no wasm-opt and no npm to get it with: the front end stays larger"
    fi
}
