-- Communities as others see them, people, and the partnerships between communities.
CREATE TABLE communities (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (octet_length(id) BETWEEN 1 AND 128),
    name        TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    -- A short name that people can type.
    short_id    TEXT    NOT NULL UNIQUE CHECK (octet_length(short_id) BETWEEN 1 AND 64),
    description TEXT    CHECK (length(description) BETWEEN 1 AND 2000),
    version     INTEGER NOT NULL CHECK (version > 0),
    created_at  TEXT    NOT NULL,
    updated_at  TEXT    NOT NULL
) STRICT;

-- Whoever is spoken of. What a community knows of them is elsewhere, and its own.
CREATE TABLE users (
    user_id    TEXT NOT NULL PRIMARY KEY CHECK (octet_length(user_id) BETWEEN 1 AND 128),
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE community_partnerships (
    id                           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
    source_community_id          TEXT    NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    target_community_id          TEXT    NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    status                       TEXT    NOT NULL CHECK (status IN ('pending', 'accepted', 'rejected', 'cancelled', 'expired', 'suspended', 'ended')),
    relationship_type            TEXT    NOT NULL CHECK (relationship_type IN ('partner', 'ecosystem')),
    source_to_target_permissions TEXT    NOT NULL CHECK (json_type(source_to_target_permissions) = 'object'),
    target_to_source_permissions TEXT    NOT NULL CHECK (json_type(target_to_source_permissions) = 'object'),
    invited_by_user_id           TEXT    NOT NULL REFERENCES users (user_id),
    invited_at                   TEXT    NOT NULL,
    expires_at                   TEXT    NOT NULL,
    responded_by_user_id         TEXT    REFERENCES users (user_id),
    responded_at                 TEXT,
    partnership_started_at       TEXT,
    partnership_ended_at         TEXT,
    suspended_by                 TEXT    CHECK (suspended_by IN ('source', 'target', 'both')),
    invite_message               TEXT    CHECK (length(invite_message) BETWEEN 1 AND 2000),
    response_message             TEXT    CHECK (length(response_message) BETWEEN 1 AND 2000),
    end_reason                   TEXT    CHECK (length(end_reason) BETWEEN 1 AND 2000),
    version                      INTEGER NOT NULL CHECK (version > 0),
    created_at                   TEXT    NOT NULL,
    updated_at                   TEXT    NOT NULL,
    CONSTRAINT no_self_partnership CHECK (source_community_id <> target_community_id),
    CONSTRAINT whole_response CHECK ((responded_by_user_id IS NULL) = (responded_at IS NULL)
        AND (response_message IS NULL OR responded_at IS NOT NULL)),
    -- A pending one that was answered is a counter-offer; what was cancelled or has expired may have been one.
    CONSTRAINT answered CHECK (responded_at IS NOT NULL OR status IN ('pending', 'cancelled', 'expired')),
    CONSTRAINT started CHECK ((partnership_started_at IS NOT NULL) = (status IN ('accepted', 'suspended', 'ended'))),
    CONSTRAINT ended CHECK ((partnership_ended_at IS NOT NULL) = (status = 'ended')),
    CONSTRAINT reason CHECK (end_reason IS NULL OR status = 'ended'),
    CONSTRAINT suspended CHECK ((suspended_by IS NOT NULL) = (status = 'suspended'))
) STRICT;

-- Of two communities, whoever invited, there is one partnership at a time.
CREATE UNIQUE INDEX community_partnerships_live
    ON community_partnerships (min(source_community_id, target_community_id), max(source_community_id, target_community_id))
    WHERE status IN ('pending', 'accepted', 'suspended');
CREATE INDEX community_partnerships_of_source ON community_partnerships (source_community_id, status, id DESC);
CREATE INDEX community_partnerships_of_target ON community_partnerships (target_community_id, status, id DESC);
CREATE INDEX community_partnerships_due ON community_partnerships (expires_at, id) WHERE status = 'pending';

CREATE TRIGGER community_partnerships_keep_their_beginning BEFORE UPDATE ON community_partnerships
WHEN NEW.id <> OLD.id OR NEW.source_community_id <> OLD.source_community_id
    OR NEW.target_community_id <> OLD.target_community_id OR NEW.relationship_type <> OLD.relationship_type
    OR NEW.invited_by_user_id <> OLD.invited_by_user_id OR NEW.invited_at <> OLD.invited_at
    OR NEW.expires_at <> OLD.expires_at OR NEW.invite_message IS DISTINCT FROM OLD.invite_message
    OR NEW.version <> OLD.version + 1
    OR OLD.status IN ('rejected', 'cancelled', 'expired', 'ended')
BEGIN
    SELECT RAISE(ABORT, 'a partnership keeps its beginning, and what is over stays so');
END;

-- Each move, the invitation first. Who moved: a side's admin, or nobody, when time did.
CREATE TABLE partnership_moves (
    partnership INTEGER NOT NULL REFERENCES community_partnerships (id) ON DELETE CASCADE,
    version     INTEGER NOT NULL CHECK (version > 0),
    at          TEXT    NOT NULL,
    moved       TEXT    NOT NULL CHECK (moved IN ('invited', 'counter-offered', 'accepted', 'rejected', 'cancelled', 'expired', 'suspended', 'reactivated', 'ended', 'permissions-set')),
    side        TEXT    CHECK (side IN ('source', 'target')),
    user_id     TEXT    REFERENCES users (user_id),
    detail      TEXT    NOT NULL CHECK (json_type(detail) = 'object'),
    PRIMARY KEY (partnership, version),
    CHECK ((side IS NULL) = (user_id IS NULL)),
    CHECK ((side IS NULL) = (moved = 'expired'))
) STRICT;

CREATE TRIGGER partnership_moves_stay BEFORE UPDATE ON partnership_moves
BEGIN
    SELECT RAISE(ABORT, 'what was done stays');
END;
