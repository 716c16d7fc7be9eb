-- What lasts from one run to the next: jobs that wait, names that fail, renewal information, verdicts, the schedule.

ALTER TABLE run ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;
-- 'queue' is a run over the pending jobs that are due; its scope_user is NULL.
ALTER TABLE run ADD COLUMN kind TEXT NOT NULL DEFAULT 'check' CONSTRAINT run_kind_known CHECK (kind IN ('check', 'queue'));
DROP INDEX run_one_open_per_scope;
CREATE UNIQUE INDEX run_one_open_per_scope ON run (kind, coalesce(scope_user, '')) WHERE state IN ('queued', 'running');

-- Where a job stands is its state, so that it can go on there. Whether it goes on, and when, is said beside it.
ALTER TABLE job ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CONSTRAINT job_held_flag CHECK (held IN (0, 1));
ALTER TABLE job ADD COLUMN wait_until INTEGER;
ALTER TABLE job ADD COLUMN wait_code TEXT;
ALTER TABLE job ADD COLUMN wait_detail TEXT;
-- The certificate that the order replaces (RFC 9773, section 4.1).
ALTER TABLE job ADD COLUMN replaces TEXT;
ALTER TABLE job ADD COLUMN planned_at INTEGER NOT NULL DEFAULT 0;
-- When it entered its state, or began to wait or to be held.
ALTER TABLE job ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
CREATE INDEX job_waiting ON job (wait_until) WHERE wait_until IS NOT NULL;

-- How often in a row the CA could not validate a name, since when it fails, and before when it is not tried again.
ALTER TABLE domain ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE domain ADD COLUMN failing_since INTEGER;
ALTER TABLE domain ADD COLUMN retry_at INTEGER;

-- Renewal information (RFC 9773): how to ask for it, the CA's window, and when to ask next.
ALTER TABLE certificate ADD COLUMN ari_id TEXT;
ALTER TABLE certificate ADD COLUMN ari_start INTEGER;
ALTER TABLE certificate ADD COLUMN ari_end INTEGER;
ALTER TABLE certificate ADD COLUMN ari_explanation TEXT;
ALTER TABLE certificate ADD COLUMN ari_failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE certificate ADD COLUMN ari_ask_at INTEGER;
CREATE INDEX certificate_to_ask ON certificate (ari_ask_at) WHERE ari_ask_at IS NOT NULL;

-- What our own check of a name found: a row for each time that the finding changed.
CREATE TABLE verdict (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    code TEXT NOT NULL,
    evidence TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    times INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX verdict_by_name ON verdict (name, id);

-- When something is to happen next, by its name.
CREATE TABLE schedule (
    task TEXT NOT NULL,
    next_at INTEGER NOT NULL,
    CONSTRAINT schedule_task_unique PRIMARY KEY (task)
) STRICT, WITHOUT ROWID;

-- What is left of a certificate authority's limits, as token buckets; one that is missing is full.
CREATE TABLE budget (
    provider TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- In billionths of a token, at a moment; see engine/src/budget/bucket.rs.
    level INTEGER NOT NULL,
    at INTEGER NOT NULL,
    CONSTRAINT budget_bucket_unique PRIMARY KEY (provider, kind, subject)
) STRICT, WITHOUT ROWID;
