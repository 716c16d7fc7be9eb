-- DNS zones that an administrator added, beside those of the configuration file.
CREATE TABLE dns_zone (
    zone TEXT NOT NULL,
    kind TEXT NOT NULL CONSTRAINT dns_zone_kind_known CHECK (kind IN ('rfc2136', 'provider', 'command')),
    -- Empty where the kind has none.
    server TEXT NOT NULL,
    provider TEXT NOT NULL,
    key_name TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    -- Sealed with the server's key.
    secret BLOB,
    -- JSON lists: the program with its first arguments, and the servers to look at.
    command TEXT NOT NULL,
    check_at TEXT NOT NULL,
    -- Seconds; 0 counts as the default.
    ttl INTEGER NOT NULL,
    timeout INTEGER NOT NULL,
    propagation_timeout INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    CONSTRAINT dns_zone_unique PRIMARY KEY (zone)
) STRICT;

-- Counts the changes of dns_zone: every process sees by it, at little cost, whether to read the zones again.
CREATE TABLE dns_zone_revision (
    id INTEGER NOT NULL CONSTRAINT dns_zone_revision_unique PRIMARY KEY CONSTRAINT dns_zone_revision_single CHECK (id = 1),
    number INTEGER NOT NULL
) STRICT;

INSERT INTO dns_zone_revision (id, number) VALUES (1, 0);

-- What was seen of a zone, wherever it is configured: when it was tried and used last, and what failed then.
CREATE TABLE dns_zone_note (
    zone TEXT NOT NULL,
    tested_at INTEGER,
    test_failure TEXT,
    used_at INTEGER,
    use_failure TEXT,
    CONSTRAINT dns_zone_note_unique PRIMARY KEY (zone)
) STRICT;

-- Whether a provider offers dns-persist-01, as its authorizations showed it last, and what records must say then.
CREATE TABLE persistent_offer (
    provider TEXT NOT NULL,
    -- The URL of the account that it was shown to.
    account TEXT NOT NULL,
    -- A JSON list of the names that records may call the provider by; empty where it does not offer the challenge.
    issuers TEXT NOT NULL,
    account_uri TEXT,
    seen_at INTEGER NOT NULL,
    CONSTRAINT persistent_offer_unique PRIMARY KEY (provider)
) STRICT;

-- Names whose persistent validation record is counted on, since they were validated by it or it was published.
CREATE TABLE persistent_record (
    name TEXT NOT NULL,
    provider TEXT NOT NULL,
    since INTEGER NOT NULL,
    CONSTRAINT persistent_record_unique PRIMARY KEY (name, provider)
) STRICT;

-- Values of such records that were published into zones of ours, or were about to be: only these are ever removed.
CREATE TABLE persistent_value (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    zone TEXT NOT NULL,
    domain TEXT NOT NULL,
    provider TEXT NOT NULL,
    at INTEGER NOT NULL,
    CONSTRAINT persistent_value_unique PRIMARY KEY (name, value)
) STRICT;
