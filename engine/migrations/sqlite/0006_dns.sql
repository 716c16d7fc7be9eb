-- TXT values that were published for validations and are not known to be removed (DNS-01).
CREATE TABLE dns_record (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    -- The zone that the name is in, as its SOA record says.
    zone TEXT NOT NULL,
    purpose TEXT NOT NULL CONSTRAINT dns_record_purpose_known CHECK (purpose IN ('challenge', 'trial')),
    at INTEGER NOT NULL,
    CONSTRAINT dns_record_unique PRIMARY KEY (name, value)
) STRICT, WITHOUT ROWID;
