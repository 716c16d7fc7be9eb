-- What an administrator decides for the whole server, and the certificates that others installed.

-- Only what was changed; the catalogue of options and their defaults is engine/src/model/options.rs.
CREATE TABLE option_value (
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    set_by TEXT NOT NULL,
    set_at INTEGER NOT NULL,
    CONSTRAINT option_value_key_unique PRIMARY KEY (key)
) STRICT, WITHOUT ROWID;

-- What the files of the certificate that a website is configured with held when they were last read. in_place is 0 where AutoSSL's own certificate is what the website has.
-- The facts are JSON; where the file could not be read they are NULL, and the reason is there instead. Clients accept the
-- certificate from accepted_from up to, but not including, accepted_until; both are NULL where they never do.
CREATE TABLE foreign_certificate (
    website_id INTEGER PRIMARY KEY REFERENCES website (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    stamp TEXT NOT NULL,
    in_place INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    facts TEXT,
    reason TEXT,
    accepted_from INTEGER,
    accepted_until INTEGER,
    seen_at INTEGER NOT NULL,
    CONSTRAINT foreign_certificate_in_place_flag CHECK (in_place IN (0, 1)),
    CONSTRAINT foreign_certificate_read_or_not CHECK ((facts IS NULL) <> (reason IS NULL)),
    CONSTRAINT foreign_certificate_accepted CHECK (
        (accepted_from IS NULL AND accepted_until IS NULL) OR accepted_from < accepted_until
    )
) STRICT;

CREATE TABLE foreign_certificate_name (
    website_id INTEGER NOT NULL REFERENCES foreign_certificate (website_id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    CONSTRAINT foreign_certificate_name_unique PRIMARY KEY (website_id, name)
) STRICT, WITHOUT ROWID;

-- To tell AutoSSL's own certificates from those of others.
CREATE INDEX certificate_by_fingerprint ON certificate (fingerprint);

-- As before, but a certificate of others that is in place secures names, too.
DROP VIEW domain_coverage;
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
    CASE WHEN f.website_id IS NULL THEN c.not_before ELSE f.accepted_from END AS not_before,
    CASE WHEN f.website_id IS NULL THEN c.not_after ELSE f.accepted_until END AS not_after,
    CASE
        WHEN f.website_id IS NULL THEN EXISTS (
            SELECT 1 FROM certificate_name n
            WHERE n.certificate_id = c.id AND n.name IN (d.name, '*.' || substr(d.name, instr(d.name, '.') + 1))
        )
        ELSE f.accepted_until IS NOT NULL AND EXISTS (
            SELECT 1 FROM foreign_certificate_name n
            WHERE n.website_id = f.website_id AND n.name IN (d.name, '*.' || substr(d.name, instr(d.name, '.') + 1))
        )
    END AS covered
FROM website w
JOIN domain d ON d.website_id = w.id
LEFT JOIN certificate c ON c.id = w.certificate_id
LEFT JOIN foreign_certificate f ON f.website_id = w.id AND f.in_place = 1;

-- Whether the job was planned only to add names that had failed and pass again.
ALTER TABLE job ADD COLUMN readd INTEGER NOT NULL DEFAULT 0 CONSTRAINT job_readd_flag CHECK (readd IN (0, 1));
CREATE INDEX job_readd ON job (website_id, planned_at) WHERE readd = 1;
