#!/usr/bin/env bash
# Half a year of a server with many websites, for each lifetime: see docs/simulation.md. WEBSITES=10000 takes hours.
set -euo pipefail

echo "machine: $(nproc) cores, $(uname -m)"
for lifetime in ${LIFETIMES:-90 45 6}; do
    "$CARGO_TARGET_DIR/${PROFILE:-release}/simulation" --websites "${WEBSITES:-200}" --lifetime "$lifetime" "$@" 2>/dev/null
    echo
done
