-- What became of each certificate in each service: installed and served are two facts, and a problem is what keeps it from being
-- served there now. A row without any of them says that the service presents none of the certificate's names.
CREATE TABLE certificate_service (
    certificate_id INTEGER NOT NULL REFERENCES certificate (id) ON DELETE CASCADE,
    service TEXT NOT NULL,
    installed_at INTEGER,
    served_at INTEGER,
    problem_code TEXT,
    problem_detail TEXT,
    problem_at INTEGER,
    -- How often in a row it was tried in vain, and when the schedule tries again.
    tries INTEGER NOT NULL DEFAULT 0,
    retry_at INTEGER,
    CONSTRAINT certificate_service_unique PRIMARY KEY (certificate_id, service),
    CONSTRAINT certificate_service_problem_whole CHECK (
        (problem_code IS NULL) = (problem_detail IS NULL) AND (problem_code IS NULL) = (problem_at IS NULL)
        AND (problem_code IS NULL) = (retry_at IS NULL)
    )
) STRICT, WITHOUT ROWID;

CREATE INDEX certificate_service_by_retry ON certificate_service (retry_at) WHERE retry_at IS NOT NULL;
