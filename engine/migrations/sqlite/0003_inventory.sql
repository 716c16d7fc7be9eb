-- Where each website comes from, and which certificate the web server's own configuration names for it now.

ALTER TABLE website ADD COLUMN source TEXT NOT NULL DEFAULT 'database'
    CONSTRAINT website_source_known CHECK (source IN ('database', 'apache'));
ALTER TABLE website ADD COLUMN configured_certificate TEXT;
-- NULL where the certificate's file holds the key, too.
ALTER TABLE website ADD COLUMN configured_key TEXT;
