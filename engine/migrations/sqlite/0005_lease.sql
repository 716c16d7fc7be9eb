-- Who does what only one process of the whole installation may do, and until when.
CREATE TABLE lease (
    name TEXT NOT NULL,
    holder TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    -- One more with each change of hands, so that whoever slept meanwhile does not take another's lease for its own.
    generation INTEGER NOT NULL,
    CONSTRAINT lease_name_unique PRIMARY KEY (name)
) STRICT, WITHOUT ROWID;
