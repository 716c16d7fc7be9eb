-- How long providers take, and how their last calls went.

-- For the newest certificates of each provider: the seconds from the order to the certificate.
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY,
    provider TEXT NOT NULL,
    seconds INTEGER NOT NULL,
    at INTEGER NOT NULL,
    CONSTRAINT delivery_not_before_the_order CHECK (seconds >= 0)
) STRICT;

CREATE INDEX delivery_by_provider ON delivery (provider, id);

-- Why the last call that failed did, which outlasts later calls that worked.
ALTER TABLE provider ADD COLUMN failure TEXT;
ALTER TABLE provider ADD COLUMN failed_at INTEGER;
ALTER TABLE provider ADD COLUMN succeeded_at INTEGER;
