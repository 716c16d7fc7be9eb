-- What a website's visitors are told once its certificate is proved: to come over TLS (redirects), and to come only so for some
-- seconds (HSTS, RFC 6797). Neither is told unless it was chosen; 0 seconds let browsers forget what they were told.
ALTER TABLE website ADD COLUMN https_redirect INTEGER NOT NULL DEFAULT 0
    CONSTRAINT website_https_redirect_flag CHECK (https_redirect IN (0, 1));
ALTER TABLE website ADD COLUMN hsts_seconds INTEGER
    CONSTRAINT website_hsts_seconds_range CHECK (hsts_seconds BETWEEN 0 AND 63072000);
