#!/usr/bin/env bash
# Certificates a second from one authority, one name each: AutoSSL, a bare protocol client, and lego and certbot where they are installed.
# First with an authority that answers at once, then with one that is as far away as public ones are.
set -euo pipefail

echo "machine: $(nproc) cores, $(uname -m)"
for program in lego certbot; do
    if command -v "$program" > /dev/null; then "$program" --version; else echo "$program is not installed"; fi
done
for answer_after in ${ANSWER_AFTER:-0 50}; do
    # The last line of each table says whether AutoSSL was quick enough; with an authority that answers at once it need not be.
    "$CARGO_TARGET_DIR/${PROFILE:-release}/throughput" --answer-after "$answer_after" "$@" || [ "$answer_after" = 0 ]
    echo
done
