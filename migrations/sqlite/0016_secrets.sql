-- What skills use and never see, sealed before it comes here. One version of each secret is there: the next one is
-- written over it. What was removed is there without its value, so that its versions go on.
CREATE TABLE secrets (
    community TEXT    NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    skill     TEXT    NOT NULL CHECK (octet_length(skill) BETWEEN 1 AND 64),
    name      TEXT    NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 50),
    version   INTEGER NOT NULL CHECK (version BETWEEN 1 AND 4294967295),
    sealed    BLOB    CHECK (octet_length(sealed) BETWEEN 1 AND 8192),
    -- Of one that was removed: by whom, and when.
    put_by    TEXT    NOT NULL CHECK (octet_length(put_by) BETWEEN 1 AND 128),
    put_at    TEXT    NOT NULL,
    PRIMARY KEY (community, skill, name)
) STRICT;

-- A version is one value, and the next value the next version.
CREATE TRIGGER secrets_go_on BEFORE UPDATE ON secrets
WHEN NEW.community <> OLD.community OR NEW.skill <> OLD.skill OR NEW.name <> OLD.name
    OR NEW.version <> OLD.version + CASE WHEN NEW.sealed IS NULL THEN 0 ELSE 1 END
BEGIN
    SELECT RAISE(ABORT, 'a secret changes with its version only');
END;

CREATE TRIGGER secrets_stay BEFORE DELETE ON secrets
BEGIN
    SELECT RAISE(ABORT, 'a secret changes with its version only');
END;
