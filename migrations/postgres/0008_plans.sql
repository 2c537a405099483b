-- What calls would write, kept until it is applied or nobody asks any more. The body says everything; the
-- other columns are copies of what it is looked up by.
CREATE TABLE plans (
    id            UUID        NOT NULL PRIMARY KEY,
    community     TEXT        COLLATE "C" NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    digest        TEXT        COLLATE "C" NOT NULL CHECK (octet_length(digest) = 71),
    expires_at    TIMESTAMPTZ NOT NULL,
    body          TEXT        COLLATE "C" NOT NULL CHECK (octet_length(body) <= 1048576),
    claimed_by    UUID,
    claimed_until TIMESTAMPTZ,
    ended         BOOLEAN     NOT NULL,
    CHECK ((claimed_by IS NULL) = (claimed_until IS NULL)),
    -- Nobody ends what nobody took.
    CHECK (NOT ended OR claimed_by IS NOT NULL)
);

CREATE INDEX plans_community ON plans (community, expires_at);
CREATE INDEX plans_expiry ON plans (expires_at);

-- What came of each effect.
CREATE TABLE plan_receipts (
    plan    UUID   NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    number  BIGINT NOT NULL CHECK (number >= 0),
    outcome TEXT   COLLATE "C" NOT NULL CHECK (outcome IN ('done', 'failed', 'unknown')),
    code    TEXT   COLLATE "C" CHECK (octet_length(code) BETWEEN 1 AND 64),
    PRIMARY KEY (plan, number),
    CHECK ((outcome = 'failed') = (code IS NOT NULL))
);

-- A plan that was shown is never another one, and a receipt that was given stays.
CREATE FUNCTION plans_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'plans are never changed';
END
$$;

CREATE TRIGGER plans_stay BEFORE UPDATE ON plans
    FOR EACH ROW
    WHEN (NEW.id <> OLD.id OR NEW.community <> OLD.community OR NEW.digest <> OLD.digest
        OR NEW.expires_at <> OLD.expires_at OR NEW.body <> OLD.body OR NEW.ended < OLD.ended)
    EXECUTE FUNCTION plans_stay();

CREATE FUNCTION plan_receipts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'receipts are never changed';
END
$$;

CREATE TRIGGER plan_receipts_stay BEFORE UPDATE ON plan_receipts
    FOR EACH ROW EXECUTE FUNCTION plan_receipts_stay();
