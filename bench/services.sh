#!/usr/bin/env bash
# Certificates of 500 and of 5,000 websites in Apache, Dovecot and Exim: time to install and prove them, and the services' memory.
set -euo pipefail

echo "machine: $(nproc) cores, $(uname -m)"
for program in apache2 dovecot exim; do "/usr/sbin/$program" --version 2> /dev/null | head -1 || true; done
"$CARGO_TARGET_DIR/${PROFILE:-release}/services" "$@"
