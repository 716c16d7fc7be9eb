#!/usr/bin/env bash
# How long it takes to look at 100,000 domains of which nothing is due, and to make the plan: time and memory of
# `autossl check --all --plan`. The certificates are written into the database, not issued.
set -euo pipefail

bin=$CARGO_TARGET_DIR/${PROFILE:-release}
users=${USERS:-50000}
home=$(mktemp -d)
ca=
trap 'if [ -n "$ca" ]; then kill "$ca"; fi; rm -rf "$home"' EXIT

mkdir "$home/ca"
"$bin/testca" --directory "$home/ca" >"$home/ca.log" 2>&1 &
ca=$!
until grep -q '^issuer root' "$home/ca.log"; do :; done
url=$(sed -n 's/^directory: //p' "$home/ca.log")
root=$(sed -n 's/^HTTPS root: //p' "$home/ca.log")

cat >"$home/autossl.toml" <<TOML
[paths]
data = "data"
logs = "logs"
[acme]
http_port = 0
trusted_roots = ["$root"]
[[providers]]
id = "ca"
name = "Test CA"
directory_url = "$url"
allow_private = true
limits = { new_orders = "300/3h", registered_domain = "50/7d" }
TOML
autossl() { "$bin/autossl" "$@" --config "$home/autossl.toml"; }

awk -v users="$users" 'BEGIN { for (n = 0; n < users; n++)
    printf "[[user]]\nname = \"u%d\"\n[[user.website]]\ndomain = \"site%d.example\"\naliases = [\"www.site%d.example\"]\ndocument_root = \"/srv\"\n", n, n, n
}' >"$home/users.toml"
autossl user import "$home/users.toml"
autossl provider select ca --agree-tos >/dev/null
sqlite3 "$home/data/autossl.db" <<SQL
INSERT INTO certificate (website_id, not_before, not_after, issuer, fingerprint, serial, generation, issued_at, served_at)
SELECT id, unixepoch() - 864000, unixepoch() + 6912000, 'Test CA', 'f' || id, hex(randomblob(8)), 1, unixepoch(), unixepoch() FROM website;
INSERT INTO certificate_name SELECT c.id, d.name, d.position FROM certificate c JOIN domain d ON d.website_id = c.website_id;
UPDATE website SET certificate_id = (SELECT c.id FROM certificate c WHERE c.website_id = website.id);
SQL

echo "machine: $(nproc) cores, $(uname -m)"
echo "domains: $(sqlite3 "$home/data/autossl.db" 'SELECT count(*) FROM domain')"
for _ in 1 2 3; do
    /usr/bin/env time -f 'check --all --plan: %e s, %M kB' "$bin/autossl" check --all --plan --config "$home/autossl.toml" >"$home/plan"
done
head -1 "$home/plan"
