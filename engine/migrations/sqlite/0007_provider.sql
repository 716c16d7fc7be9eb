-- What an account was registered with, what its directory said, and how certificates are ordered.
ALTER TABLE provider ADD COLUMN contact TEXT;
ALTER TABLE provider ADD COLUMN external_key_id TEXT;
-- Sealed with the server's key.
ALTER TABLE provider ADD COLUMN external_mac_key BLOB;
ALTER TABLE provider ADD COLUMN profile TEXT;
ALTER TABLE provider ADD COLUMN preferred_chain TEXT;
-- As JSON: what the provider says about itself.
ALTER TABLE provider ADD COLUMN directory TEXT;
ALTER TABLE provider ADD COLUMN directory_read_at INTEGER;

-- Certificate authorities that an administrator added.
CREATE TABLE added_provider (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    directory_url TEXT NOT NULL,
    allow_private INTEGER NOT NULL DEFAULT 0,
    root_pem TEXT,
    CONSTRAINT added_provider_id_unique PRIMARY KEY (id),
    CONSTRAINT added_provider_allow_private_flag CHECK (allow_private IN (0, 1))
) STRICT;
