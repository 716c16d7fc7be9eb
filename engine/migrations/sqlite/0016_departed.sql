-- Websites that are gone and still have files, and since when that is known: the files go after a time of grace.
CREATE TABLE departed_website (
    domain TEXT PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
