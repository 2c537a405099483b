-- What skills use and never see, sealed before it comes here. One version of each secret is there: the next one is
-- written over it. What was removed is there without its value, so that its versions go on.
CREATE TABLE secrets (
    community TEXT        COLLATE "C" NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    skill     TEXT        COLLATE "C" NOT NULL CHECK (octet_length(skill) BETWEEN 1 AND 64),
    name      TEXT        COLLATE "C" NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 50),
    version   BIGINT      NOT NULL CHECK (version BETWEEN 1 AND 4294967295),
    sealed    BYTEA       CHECK (octet_length(sealed) BETWEEN 1 AND 8192),
    -- Of one that was removed: by whom, and when.
    put_by    TEXT        COLLATE "C" NOT NULL CHECK (octet_length(put_by) BETWEEN 1 AND 128),
    put_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (community, skill, name)
);

-- A version is one value, and the next value the next version.
CREATE FUNCTION secrets_go_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a secret changes with its version only';
END
$$;

CREATE TRIGGER secrets_go_on BEFORE UPDATE ON secrets
    FOR EACH ROW
    WHEN (NEW.community <> OLD.community OR NEW.skill <> OLD.skill OR NEW.name <> OLD.name
        OR NEW.version <> OLD.version + CASE WHEN NEW.sealed IS NULL THEN 0 ELSE 1 END)
    EXECUTE FUNCTION secrets_go_on();

CREATE TRIGGER secrets_stay BEFORE DELETE OR TRUNCATE ON secrets
    FOR EACH STATEMENT EXECUTE FUNCTION secrets_go_on();
