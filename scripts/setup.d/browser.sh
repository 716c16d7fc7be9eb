# Chromium and the browser tests' npm packages. Sourced by scripts/setup.
# shellcheck shell=bash disable=SC2154,SC2016,SC2034

need_browser() {
    find_chromium > /dev/null || need_packages chromium:chromium
}

find_chromium() {
    local name
    for name in "${AUTOSSL_CHROMIUM:-}" chromium chromium-browser google-chrome; do
        if [ -n "$name" ] && command -v "$name"; then return; fi
    done
    return 1
}

need_node() { need_packages node:nodejs npm:npm; }

need_npm() {
    local lock="$root/end2end/package-lock.json" installed="$root/end2end/node_modules/.installed-lock.json"
    if cmp -s "$lock" "$installed"; then return; fi
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 step "npm: browser tests" npm ci --prefix "$root/end2end" --no-audit --no-fund && cp "$lock" "$installed"
}
