-- What there is to know of certificates beside their dates: kind of key, profile, revocation.

-- As engine/src/model/key.rs spells them; NULL where it was not noted.
ALTER TABLE certificate ADD COLUMN key_type TEXT;
ALTER TABLE certificate ADD COLUMN profile TEXT;
-- Where it lies in the certificate store, which outlives the website.
ALTER TABLE certificate ADD COLUMN shelf TEXT;
UPDATE certificate SET shelf = (SELECT w.domain FROM website w WHERE w.id = certificate.website_id);

-- Written down before the provider is asked; revoked_at when the provider has done it.
ALTER TABLE certificate ADD COLUMN revocation_reason TEXT;
ALTER TABLE certificate ADD COLUMN revocation_signer TEXT;
ALTER TABLE certificate ADD COLUMN revocation_by TEXT;
ALTER TABLE certificate ADD COLUMN revocation_provider TEXT;
ALTER TABLE certificate ADD COLUMN revocation_asked_at INTEGER;
ALTER TABLE certificate ADD COLUMN revoked_at INTEGER;
CREATE INDEX certificate_to_revoke ON certificate (id) WHERE revocation_asked_at IS NOT NULL AND revoked_at IS NULL;
CREATE INDEX certificate_name_by_name ON certificate_name (name);

-- NULL where the server's choice counts.
ALTER TABLE hosting_user ADD COLUMN key_type TEXT;

-- As before, but a revoked certificate secures nothing from then on.
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
    CASE
        WHEN f.website_id IS NULL THEN min(c.not_after, coalesce(c.revoked_at, c.not_after))
        ELSE f.accepted_until
    END AS not_after,
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
