-- Everything that AutoSSL remembers, first version.
--
-- Moments are seconds since 1970-01-01T00:00:00Z. Flags are 0 or 1. Names of domains are A-labels in lower case.

CREATE TABLE package (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    autossl INTEGER NOT NULL,
    CONSTRAINT package_name_unique UNIQUE (name),
    CONSTRAINT package_autossl_flag CHECK (autossl IN (0, 1))
) STRICT;

-- What users belong to whose import names no package.
INSERT INTO package (name, autossl) VALUES ('default', 1);

-- The counts are a cache of the view domain_coverage. They hold for every moment from counted_from up to, but not
-- including, counted_until; whoever changes what they count makes that interval empty (see store/sqlite/count.rs).
CREATE TABLE hosting_user (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    owner TEXT NOT NULL,
    package_id INTEGER NOT NULL REFERENCES package (id),
    suspended INTEGER NOT NULL,
    decision TEXT NOT NULL DEFAULT 'inherited',
    checked_at INTEGER,
    result TEXT,
    names_total INTEGER NOT NULL DEFAULT 0,
    names_secured INTEGER NOT NULL DEFAULT 0,
    names_failing INTEGER NOT NULL DEFAULT 0,
    -- The secured names in a million; a user without names has nothing that is not secured.
    share INTEGER NOT NULL DEFAULT 1000000,
    counted_from INTEGER NOT NULL DEFAULT 9223372036854775807,
    counted_until INTEGER NOT NULL DEFAULT -9223372036854775807,
    CONSTRAINT hosting_user_name_unique UNIQUE (name),
    CONSTRAINT hosting_user_suspended_flag CHECK (suspended IN (0, 1)),
    CONSTRAINT hosting_user_decision_known CHECK (decision IN ('enabled', 'disabled', 'inherited')),
    CONSTRAINT hosting_user_result_known CHECK (result IN ('secured', 'incomplete', 'failed')),
    CONSTRAINT hosting_user_result_dated CHECK ((result IS NULL) = (checked_at IS NULL))
) STRICT;

-- One for each order of the listing; decision and result are in them so that filters need not read the rows.
CREATE INDEX hosting_user_by_name ON hosting_user (name, decision, result);
CREATE INDEX hosting_user_by_package ON hosting_user (package_id, name, decision, result);
CREATE INDEX hosting_user_by_share ON hosting_user (share, name, decision, result);
CREATE INDEX hosting_user_by_check ON hosting_user (checked_at, name, decision, result);
CREATE INDEX hosting_user_counted_from ON hosting_user (counted_from);
CREATE INDEX hosting_user_counted_until ON hosting_user (counted_until);

-- What a search looks through: the user's name and all domains, as A-labels and as people write them, a line each, with an
-- empty line before each website.
CREATE TABLE user_search (
    user_id INTEGER PRIMARY KEY REFERENCES hosting_user (id) ON DELETE CASCADE,
    haystack TEXT NOT NULL
) STRICT;

-- Finds any three or more characters in a row without looking at every haystack.
CREATE VIRTUAL TABLE user_search_index USING fts5 (
    haystack, content = 'user_search', content_rowid = 'user_id', tokenize = 'trigram'
);

CREATE TRIGGER user_search_inserted AFTER INSERT ON user_search BEGIN
    INSERT INTO user_search_index (rowid, haystack) VALUES (new.user_id, new.haystack);
END;

CREATE TRIGGER user_search_deleted AFTER DELETE ON user_search BEGIN
    INSERT INTO user_search_index (user_search_index, rowid, haystack) VALUES ('delete', old.user_id, old.haystack);
END;

CREATE TRIGGER user_search_updated AFTER UPDATE ON user_search BEGIN
    INSERT INTO user_search_index (user_search_index, rowid, haystack) VALUES ('delete', old.user_id, old.haystack);
    INSERT INTO user_search_index (rowid, haystack) VALUES (new.user_id, new.haystack);
END;

-- Numbers are never given twice: directories of the certificate store may carry them.
CREATE TABLE website (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES hosting_user (id) ON DELETE CASCADE,
    domain TEXT NOT NULL,
    document_root TEXT NOT NULL,
    position INTEGER NOT NULL,
    certificate_id INTEGER REFERENCES certificate (id) ON DELETE SET NULL,
    last_run TEXT,
    last_result TEXT,
    CONSTRAINT website_domain_unique UNIQUE (domain),
    CONSTRAINT website_last_result_known CHECK (last_result IN ('secured', 'incomplete', 'failed')),
    CONSTRAINT website_last_result_of_run CHECK ((last_run IS NULL) = (last_result IS NULL))
) STRICT;

CREATE INDEX website_by_user ON website (user_id, position);
CREATE INDEX website_by_certificate ON website (certificate_id);

-- Position 0 is the website's primary name.
CREATE TABLE domain (
    name TEXT NOT NULL,
    website_id INTEGER NOT NULL REFERENCES website (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    excluded INTEGER NOT NULL DEFAULT 0,
    problem_code TEXT,
    problem_detail TEXT,
    problem_at INTEGER,
    CONSTRAINT domain_name_unique PRIMARY KEY (name),
    CONSTRAINT domain_excluded_flag CHECK (excluded IN (0, 1)),
    CONSTRAINT domain_problem_whole CHECK (
        (problem_code IS NULL) = (problem_detail IS NULL) AND (problem_code IS NULL) = (problem_at IS NULL)
    )
) STRICT;

CREATE INDEX domain_by_website ON domain (website_id, position);
CREATE INDEX domain_by_problem ON domain (problem_code, name) WHERE problem_code IS NOT NULL;

-- A certificate outlives its website's row: it may have to be revoked.
CREATE TABLE certificate (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    website_id INTEGER REFERENCES website (id) ON DELETE SET NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    issuer TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    serial TEXT NOT NULL,
    generation INTEGER NOT NULL,
    issued_at INTEGER NOT NULL,
    installed_at INTEGER,
    served_at INTEGER,
    CONSTRAINT certificate_validity CHECK (not_before < not_after)
) STRICT;

CREATE INDEX certificate_by_website ON certificate (website_id);
CREATE INDEX certificate_by_end ON certificate (not_after);

CREATE TABLE certificate_name (
    certificate_id INTEGER NOT NULL REFERENCES certificate (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    CONSTRAINT certificate_name_unique PRIMARY KEY (certificate_id, name)
) STRICT, WITHOUT ROWID;

-- What secures each name: covered says that the website's newest certificate names it or its wildcard (RFC 9525,
-- section 6.3); it is secured while that certificate is valid.
CREATE VIEW domain_coverage AS
SELECT
    d.name,
    d.website_id,
    d.position,
    d.excluded,
    d.problem_code,
    d.problem_detail,
    d.problem_at,
    w.user_id,
    c.not_before,
    c.not_after,
    EXISTS (
        SELECT 1 FROM certificate_name n
        WHERE n.certificate_id = c.id AND n.name IN (d.name, '*.' || substr(d.name, instr(d.name, '.') + 1))
    ) AS covered
FROM website w
JOIN domain d ON d.website_id = w.id
LEFT JOIN certificate c ON c.id = w.certificate_id;

-- Named by its start, e.g. 2026-11-23T09:30:00Z, so that names sort by time. scope_user is NULL for all users.
CREATE TABLE run (
    id TEXT NOT NULL,
    scope_user TEXT,
    provider TEXT NOT NULL DEFAULT '',
    requested_by TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued',
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    reason TEXT,
    stop_requested INTEGER NOT NULL DEFAULT 0,
    users INTEGER NOT NULL DEFAULT 0,
    websites INTEGER NOT NULL DEFAULT 0,
    websites_done INTEGER NOT NULL DEFAULT 0,
    kept INTEGER NOT NULL DEFAULT 0,
    issued INTEGER NOT NULL DEFAULT 0,
    served INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    names_failed INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT run_id_unique PRIMARY KEY (id),
    CONSTRAINT run_state_known CHECK (state IN ('queued', 'running', 'succeeded', 'incomplete', 'failed', 'stopped')),
    CONSTRAINT run_end_dated CHECK ((ended_at IS NULL) = (state IN ('queued', 'running'))),
    CONSTRAINT run_stop_requested_flag CHECK (stop_requested IN (0, 1))
) STRICT;

CREATE UNIQUE INDEX run_one_open_per_scope ON run (coalesce(scope_user, '')) WHERE state IN ('queued', 'running');

-- Numbers are never given twice: the private keys of pending orders are filed under them.
CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    run TEXT NOT NULL,
    website_id INTEGER NOT NULL REFERENCES website (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    order_url TEXT,
    certificate_id INTEGER REFERENCES certificate (id) ON DELETE SET NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT job_state_known CHECK (state IN (
        'planned', 'ordering', 'ordered', 'validating', 'finalizing', 'issued', 'installing', 'done', 'failed', 'cancelled'
    ))
) STRICT;

CREATE UNIQUE INDEX job_one_open_per_website ON job (website_id) WHERE state NOT IN ('done', 'failed', 'cancelled');
CREATE INDEX job_by_state ON job (state);
CREATE INDEX job_by_website ON job (website_id);
CREATE INDEX job_by_certificate ON job (certificate_id);

CREATE TABLE job_name (
    job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    CONSTRAINT job_name_position_unique PRIMARY KEY (job_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_event (
    id INTEGER PRIMARY KEY,
    job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    state TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE INDEX job_event_by_job ON job_event (job_id);

-- Every order that was ever made, whatever became of its job and website.
CREATE TABLE acme_order (
    url TEXT NOT NULL,
    at INTEGER NOT NULL,
    CONSTRAINT acme_order_url_unique PRIMARY KEY (url)
) STRICT, WITHOUT ROWID;

CREATE TABLE challenge (
    token TEXT NOT NULL,
    key_authorization TEXT NOT NULL,
    domain TEXT NOT NULL,
    at INTEGER NOT NULL,
    CONSTRAINT challenge_token_unique PRIMARY KEY (token)
) STRICT, WITHOUT ROWID;

CREATE INDEX challenge_by_age ON challenge (at);

CREATE TABLE provider (
    id TEXT NOT NULL,
    selected INTEGER NOT NULL DEFAULT 0,
    agreed_by TEXT,
    agreed_at INTEGER,
    agreed_url TEXT,
    account_url TEXT,
    last_error TEXT,
    CONSTRAINT provider_id_unique PRIMARY KEY (id),
    CONSTRAINT provider_selected_flag CHECK (selected IN (0, 1)),
    CONSTRAINT provider_agreement_whole CHECK (
        (agreed_by IS NULL) = (agreed_at IS NULL) AND (agreed_by IS NULL) = (agreed_url IS NULL)
    )
) STRICT;

CREATE UNIQUE INDEX provider_one_selected ON provider (selected) WHERE selected = 1;

CREATE TABLE administrator (
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    CONSTRAINT administrator_name_unique PRIMARY KEY (name),
    CONSTRAINT administrator_role_known CHECK (role IN ('admin', 'reseller', 'user'))
) STRICT;

CREATE TABLE session (
    token_hash TEXT NOT NULL,
    name TEXT NOT NULL REFERENCES administrator (name) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    CONSTRAINT session_token_unique PRIMARY KEY (token_hash)
) STRICT;

CREATE INDEX session_by_name ON session (name);
CREATE INDEX session_by_end ON session (expires_at);

CREATE TABLE login_failure (
    key TEXT NOT NULL,
    count INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    CONSTRAINT login_failure_key_unique PRIMARY KEY (key)
) STRICT;

CREATE INDEX login_failure_by_age ON login_failure (last_at);
