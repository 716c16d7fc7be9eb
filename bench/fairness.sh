#!/usr/bin/env bash
# How much later healthy users get their certificates beside one user with 5,000 broken aliases, names being checked for real.
set -euo pipefail

echo "machine: $(nproc) cores, $(uname -m)"
"$CARGO_TARGET_DIR/${PROFILE:-release}/fairness" "$@"
