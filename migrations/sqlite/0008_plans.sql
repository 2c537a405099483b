-- What calls would write, kept until it is applied or nobody asks any more. The body says everything; the
-- other columns are copies of what it is looked up by.
CREATE TABLE plans (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    community     TEXT    NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    digest        TEXT    NOT NULL CHECK (octet_length(digest) = 71),
    expires_at    TEXT    NOT NULL,
    body          TEXT    NOT NULL CHECK (octet_length(body) <= 1048576),
    claimed_by    BLOB    CHECK (octet_length(claimed_by) = 16),
    claimed_until TEXT,
    ended         INTEGER NOT NULL CHECK (ended IN (0, 1)),
    CHECK ((claimed_by IS NULL) = (claimed_until IS NULL)),
    -- Nobody ends what nobody took.
    CHECK (ended = 0 OR claimed_by IS NOT NULL)
) STRICT;

CREATE INDEX plans_community ON plans (community, expires_at);
CREATE INDEX plans_expiry ON plans (expires_at);

-- What came of each effect.
CREATE TABLE plan_receipts (
    plan    BLOB    NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    number  INTEGER NOT NULL CHECK (number >= 0),
    outcome TEXT    NOT NULL CHECK (outcome IN ('done', 'failed', 'unknown')),
    code    TEXT    CHECK (octet_length(code) BETWEEN 1 AND 64),
    PRIMARY KEY (plan, number),
    CHECK ((outcome = 'failed') = (code IS NOT NULL))
) STRICT;

-- A plan that was shown is never another one, and a receipt that was given stays.
CREATE TRIGGER plans_stay BEFORE UPDATE ON plans
WHEN NEW.id <> OLD.id OR NEW.community <> OLD.community OR NEW.digest <> OLD.digest
    OR NEW.expires_at <> OLD.expires_at OR NEW.body <> OLD.body OR NEW.ended < OLD.ended
BEGIN
    SELECT RAISE(ABORT, 'plans are never changed');
END;

CREATE TRIGGER plan_receipts_stay BEFORE UPDATE ON plan_receipts
BEGIN
    SELECT RAISE(ABORT, 'receipts are never changed');
END;
