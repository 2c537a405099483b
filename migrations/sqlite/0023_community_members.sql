-- Who belongs to communities, where their admins keep that here. Whoever has left stays, without name and address, so
-- that no token of theirs works; what they chose of mail stays theirs.
CREATE TABLE community_members (
    community_id TEXT    NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    user_id      TEXT    NOT NULL REFERENCES users (user_id),
    role         TEXT    NOT NULL CHECK (role IN ('admin', 'member')),
    name         TEXT    CHECK (length(name) BETWEEN 1 AND 200),
    email        TEXT    CHECK (octet_length(email) BETWEEN 3 AND 254),
    wants_mail   INTEGER NOT NULL CHECK (wants_mail IN (0, 1)),
    -- What opens that choice to whoever has a mail.
    mail_key     BLOB    NOT NULL UNIQUE CHECK (octet_length(mail_key) = 32),
    version      INTEGER NOT NULL CHECK (version > 0),
    joined_at    TEXT    NOT NULL,
    changed_at   TEXT    NOT NULL,
    left_at      TEXT,
    PRIMARY KEY (community_id, user_id),
    CONSTRAINT gone CHECK (left_at IS NULL OR name IS NULL AND email IS NULL)
) STRICT;

CREATE INDEX community_admins ON community_members (community_id) WHERE role = 'admin' AND left_at IS NULL;

-- How many of them there are now.
ALTER TABLE communities ADD COLUMN members INTEGER NOT NULL DEFAULT 0 CHECK (members >= 0);

CREATE TRIGGER community_members_inserted AFTER INSERT ON community_members
BEGIN UPDATE rights_version SET number = number + 1; END;
CREATE TRIGGER community_members_updated AFTER UPDATE OF role, left_at ON community_members
BEGIN UPDATE rights_version SET number = number + 1; END;
CREATE TRIGGER community_members_deleted AFTER DELETE ON community_members
BEGIN UPDATE rights_version SET number = number + 1; END;
