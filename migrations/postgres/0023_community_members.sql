-- Who belongs to communities, where their admins keep that here. Whoever has left stays, without name and address, so
-- that no token of theirs works; what they chose of mail stays theirs.
CREATE TABLE community_members (
    community_id TEXT        COLLATE "C" NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    user_id      TEXT        COLLATE "C" NOT NULL REFERENCES users (user_id),
    role         TEXT        NOT NULL CHECK (role IN ('admin', 'member')),
    name         TEXT        CHECK (length(name) BETWEEN 1 AND 200),
    email        TEXT        CHECK (octet_length(email) BETWEEN 3 AND 254),
    wants_mail   BOOLEAN     NOT NULL,
    -- What opens that choice to whoever has a mail.
    mail_key     BYTEA       NOT NULL UNIQUE CHECK (octet_length(mail_key) = 32),
    version      BIGINT      NOT NULL CHECK (version > 0),
    joined_at    TIMESTAMPTZ NOT NULL,
    changed_at   TIMESTAMPTZ NOT NULL,
    left_at      TIMESTAMPTZ,
    PRIMARY KEY (community_id, user_id),
    CONSTRAINT gone CHECK (left_at IS NULL OR name IS NULL AND email IS NULL)
);

CREATE INDEX community_admins ON community_members (community_id) WHERE role = 'admin' AND left_at IS NULL;

-- How many of them there are now.
ALTER TABLE communities ADD COLUMN members BIGINT NOT NULL DEFAULT 0 CHECK (members >= 0);

CREATE TRIGGER community_members_changed
    AFTER INSERT OR UPDATE OF role, left_at OR DELETE OR TRUNCATE ON community_members
    FOR EACH STATEMENT EXECUTE FUNCTION rights_changed();
