-- What the embedded relay keeps: people and teams, Tez with their context, to whom they went and who read
-- them. The names in `kind`, `urgency` and so on are the relay's own.
CREATE TABLE tez_contacts (
    community     TEXT    NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    user_id       TEXT    NOT NULL CHECK (octet_length(user_id) BETWEEN 1 AND 128),
    name          TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    email         TEXT    CHECK (length(email) BETWEEN 3 AND 320),
    registered_at TEXT    NOT NULL,
    updated_at    TEXT    NOT NULL,
    PRIMARY KEY (community, user_id)
) STRICT;

CREATE TABLE tez_teams (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    community  TEXT    NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    name       TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    created_by TEXT    NOT NULL CHECK (octet_length(created_by) BETWEEN 1 AND 128),
    created_at TEXT    NOT NULL,
    UNIQUE (community, id)
) STRICT;

CREATE TABLE tez_members (
    team     BLOB    NOT NULL CHECK (octet_length(team) = 16) REFERENCES tez_teams (id),
    user_id  TEXT    NOT NULL CHECK (octet_length(user_id) BETWEEN 1 AND 128),
    role     TEXT    NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    added_at TEXT    NOT NULL,
    PRIMARY KEY (team, user_id)
) STRICT;

CREATE TABLE tez (
    id               BLOB    NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    community        TEXT    NOT NULL,
    team             BLOB    NOT NULL CHECK (octet_length(team) = 16),
    -- The first Tez of the thread; itself where it answers none.
    thread           BLOB    NOT NULL CHECK (octet_length(thread) = 16) REFERENCES tez (id),
    parent           BLOB    CHECK (octet_length(parent) = 16) REFERENCES tez (id),
    sender           TEXT    NOT NULL CHECK (octet_length(sender) BETWEEN 1 AND 128),
    kind             TEXT    NOT NULL CHECK (kind IN ('note', 'decision', 'handoff', 'question', 'update')),
    urgency          TEXT    NOT NULL CHECK (urgency IN ('critical', 'high', 'normal', 'low', 'fyi')),
    visibility       TEXT    NOT NULL CHECK (visibility IN ('team', 'dm', 'private')),
    surface_text     TEXT    NOT NULL CHECK (length(surface_text) BETWEEN 1 AND 10000),
    action_requested TEXT    CHECK (length(action_requested) BETWEEN 1 AND 500),
    status           TEXT    NOT NULL CHECK (status IN ('active', 'archived', 'deleted')),
    created_at       TEXT    NOT NULL,
    updated_at       TEXT    NOT NULL,
    FOREIGN KEY (community, team) REFERENCES tez_teams (community, id),
    CHECK ((parent IS NULL) = (thread = id))
) STRICT;

CREATE INDEX tez_newest ON tez (team, created_at DESC, id DESC);
CREATE INDEX tez_threads ON tez (thread, created_at, id);
CREATE INDEX tez_active ON tez (community) WHERE status = 'active';

CREATE TABLE tez_context (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    tez          BLOB    NOT NULL CHECK (octet_length(tez) = 16) REFERENCES tez (id),
    -- Its place in the Tez.
    number       INTEGER NOT NULL CHECK (number BETWEEN 0 AND 49),
    layer        TEXT    NOT NULL CHECK (layer IN ('background', 'fact', 'artifact', 'relationship', 'constraint', 'hint')),
    content      TEXT    NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 262144),
    mime_type    TEXT    CHECK (octet_length(mime_type) BETWEEN 1 AND 64),
    confidence   INTEGER CHECK (confidence BETWEEN 0 AND 100),
    source       TEXT    NOT NULL CHECK (source IN ('stated', 'inferred', 'verified')),
    derived_from TEXT    CHECK (length(derived_from) BETWEEN 1 AND 500),
    -- The record that the host made it from.
    provenance   TEXT    CHECK (json_type(provenance) = 'object'),
    created_by   TEXT    NOT NULL CHECK (octet_length(created_by) BETWEEN 1 AND 128),
    created_at   TEXT    NOT NULL,
    UNIQUE (tez, number)
) STRICT;

CREATE TABLE tez_recipients (
    tez          BLOB    NOT NULL CHECK (octet_length(tez) = 16) REFERENCES tez (id),
    number       INTEGER NOT NULL CHECK (number BETWEEN 0 AND 99),
    address      TEXT    NOT NULL CHECK (octet_length(address) BETWEEN 1 AND 320),
    delivered_at TEXT,
    PRIMARY KEY (tez, address),
    UNIQUE (tez, number)
) STRICT;

CREATE TABLE tez_reads (
    tez     BLOB    NOT NULL CHECK (octet_length(tez) = 16) REFERENCES tez (id),
    user_id TEXT    NOT NULL CHECK (octet_length(user_id) BETWEEN 1 AND 128),
    read_at TEXT    NOT NULL,
    PRIMARY KEY (tez, user_id)
) STRICT;

-- What was handed over stays as it was; only whether it is shown changes.
CREATE TRIGGER tez_stay BEFORE UPDATE ON tez
WHEN NEW.id <> OLD.id OR NEW.community <> OLD.community OR NEW.team <> OLD.team
    OR NEW.thread <> OLD.thread OR NEW.parent IS NOT OLD.parent
    OR NEW.sender <> OLD.sender OR NEW.kind <> OLD.kind OR NEW.urgency <> OLD.urgency
    OR NEW.visibility <> OLD.visibility OR NEW.surface_text <> OLD.surface_text
    OR NEW.action_requested IS NOT OLD.action_requested
    OR NEW.created_at <> OLD.created_at
BEGIN
    SELECT RAISE(ABORT, 'a Tez is never changed');
END;

CREATE TRIGGER tez_context_stays BEFORE UPDATE ON tez_context
BEGIN
    SELECT RAISE(ABORT, 'a Tez is never changed');
END;

CREATE TRIGGER tez_recipients_stay BEFORE UPDATE ON tez_recipients
BEGIN
    SELECT RAISE(ABORT, 'a Tez is never changed');
END;
