-- A website's second certificate, with an RSA key, that is presented beside the first: its companion.

-- Whether the job is for the companion. A website may have one open job for each of the two.
ALTER TABLE job ADD COLUMN companion INTEGER NOT NULL DEFAULT 0 CONSTRAINT job_companion_flag CHECK (companion IN (0, 1));
DROP INDEX job_one_open_per_website;
CREATE UNIQUE INDEX job_one_open_per_website ON job (website_id, companion)
    WHERE state NOT IN ('done', 'failed', 'cancelled');

-- The certificate that its website had when this one was ordered as the companion; with another one, the companion is renewed.
ALTER TABLE certificate ADD COLUMN companion_of INTEGER;

-- The newest companion, and by what the last order for one failed.
ALTER TABLE website ADD COLUMN companion_id INTEGER REFERENCES certificate (id) ON DELETE SET NULL;
ALTER TABLE website ADD COLUMN companion_code TEXT;
ALTER TABLE website ADD COLUMN companion_detail TEXT
    CONSTRAINT website_companion_problem_whole CHECK ((companion_code IS NULL) = (companion_detail IS NULL));
-- How often in a row, and when the schedule tries again.
ALTER TABLE website ADD COLUMN companion_failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE website ADD COLUMN companion_retry_at INTEGER;
CREATE INDEX website_by_companion ON website (companion_id) WHERE companion_id IS NOT NULL;
CREATE INDEX website_companion_retry ON website (companion_retry_at) WHERE companion_retry_at IS NOT NULL;
