-- Providers in an order, whether each of them answers, and which one has an order or issued a certificate.

-- The place of a provider that takes over where those before it cannot: from 1 on, without gaps; the selected one comes first.
ALTER TABLE provider ADD COLUMN fallback INTEGER
    CONSTRAINT provider_fallback_after_selected CHECK (fallback IS NULL OR (fallback > 0 AND selected = 0));
CREATE UNIQUE INDEX provider_one_at_each_place ON provider (fallback) WHERE fallback IS NOT NULL;

-- Its circuit breaker: outages in a row, how often the circuit opened since an order last worked, and, while it is open, since when
-- the provider is down and when it is asked next.
ALTER TABLE provider ADD COLUMN outages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE provider ADD COLUMN openings INTEGER NOT NULL DEFAULT 0;
ALTER TABLE provider ADD COLUMN down_since INTEGER;
ALTER TABLE provider ADD COLUMN retry_at INTEGER
    CONSTRAINT provider_down_whole CHECK ((down_since IS NULL) = (retry_at IS NULL));

-- The provider that has the job's order or is to get it; empty where none was selected when this was added.
ALTER TABLE job ADD COLUMN provider TEXT NOT NULL DEFAULT '';
UPDATE job SET provider = coalesce((SELECT id FROM provider WHERE selected = 1), '');

-- The provider that issued it, as above.
ALTER TABLE certificate ADD COLUMN provider TEXT NOT NULL DEFAULT '';
UPDATE certificate SET provider = coalesce((SELECT id FROM provider WHERE selected = 1), '');
