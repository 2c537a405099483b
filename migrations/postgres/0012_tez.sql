-- What the embedded relay keeps: people and teams, Tez with their context, to whom they went and who read
-- them. The names in `kind`, `urgency` and so on are the relay's own.
CREATE TABLE tez_contacts (
    community     TEXT        COLLATE "C" NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    user_id       TEXT        COLLATE "C" NOT NULL CHECK (octet_length(user_id) BETWEEN 1 AND 128),
    name          TEXT        COLLATE "C" NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    email         TEXT        COLLATE "C" CHECK (length(email) BETWEEN 3 AND 320),
    registered_at TIMESTAMPTZ NOT NULL,
    updated_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (community, user_id)
);

CREATE TABLE tez_teams (
    id         UUID        NOT NULL PRIMARY KEY,
    community  TEXT        COLLATE "C" NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    name       TEXT        COLLATE "C" NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    created_by TEXT        COLLATE "C" NOT NULL CHECK (octet_length(created_by) BETWEEN 1 AND 128),
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (community, id)
);

CREATE TABLE tez_members (
    team     UUID        NOT NULL REFERENCES tez_teams (id),
    user_id  TEXT        COLLATE "C" NOT NULL CHECK (octet_length(user_id) BETWEEN 1 AND 128),
    role     TEXT        COLLATE "C" NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    added_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (team, user_id)
);

CREATE TABLE tez (
    id               UUID        NOT NULL PRIMARY KEY,
    community        TEXT        COLLATE "C" NOT NULL,
    team             UUID        NOT NULL,
    -- The first Tez of the thread; itself where it answers none.
    thread           UUID        NOT NULL REFERENCES tez (id),
    parent           UUID        REFERENCES tez (id),
    sender           TEXT        COLLATE "C" NOT NULL CHECK (octet_length(sender) BETWEEN 1 AND 128),
    kind             TEXT        COLLATE "C" NOT NULL CHECK (kind IN ('note', 'decision', 'handoff', 'question', 'update')),
    urgency          TEXT        COLLATE "C" NOT NULL CHECK (urgency IN ('critical', 'high', 'normal', 'low', 'fyi')),
    visibility       TEXT        COLLATE "C" NOT NULL CHECK (visibility IN ('team', 'dm', 'private')),
    surface_text     TEXT        COLLATE "C" NOT NULL CHECK (length(surface_text) BETWEEN 1 AND 10000),
    action_requested TEXT        COLLATE "C" CHECK (length(action_requested) BETWEEN 1 AND 500),
    status           TEXT        COLLATE "C" NOT NULL CHECK (status IN ('active', 'archived', 'deleted')),
    created_at       TIMESTAMPTZ NOT NULL,
    updated_at       TIMESTAMPTZ NOT NULL,
    FOREIGN KEY (community, team) REFERENCES tez_teams (community, id),
    CHECK ((parent IS NULL) = (thread = id))
);

CREATE INDEX tez_newest ON tez (team, created_at DESC, id DESC);
CREATE INDEX tez_threads ON tez (thread, created_at, id);
CREATE INDEX tez_active ON tez (community) WHERE status = 'active';

CREATE TABLE tez_context (
    id           UUID        NOT NULL PRIMARY KEY,
    tez          UUID        NOT NULL REFERENCES tez (id),
    -- Its place in the Tez.
    number       INTEGER     NOT NULL CHECK (number BETWEEN 0 AND 49),
    layer        TEXT        COLLATE "C" NOT NULL CHECK (layer IN ('background', 'fact', 'artifact', 'relationship', 'constraint', 'hint')),
    content      TEXT        COLLATE "C" NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 262144),
    mime_type    TEXT        COLLATE "C" CHECK (octet_length(mime_type) BETWEEN 1 AND 64),
    confidence   INTEGER     CHECK (confidence BETWEEN 0 AND 100),
    source       TEXT        COLLATE "C" NOT NULL CHECK (source IN ('stated', 'inferred', 'verified')),
    derived_from TEXT        COLLATE "C" CHECK (length(derived_from) BETWEEN 1 AND 500),
    -- The record that the host made it from.
    provenance   JSONB       CHECK (jsonb_typeof(provenance) = 'object'),
    created_by   TEXT        COLLATE "C" NOT NULL CHECK (octet_length(created_by) BETWEEN 1 AND 128),
    created_at   TIMESTAMPTZ NOT NULL,
    UNIQUE (tez, number)
);

CREATE TABLE tez_recipients (
    tez          UUID        NOT NULL REFERENCES tez (id),
    number       INTEGER     NOT NULL CHECK (number BETWEEN 0 AND 99),
    address      TEXT        COLLATE "C" NOT NULL CHECK (octet_length(address) BETWEEN 1 AND 320),
    delivered_at TIMESTAMPTZ,
    PRIMARY KEY (tez, address),
    UNIQUE (tez, number)
);

CREATE TABLE tez_reads (
    tez     UUID        NOT NULL REFERENCES tez (id),
    user_id TEXT        COLLATE "C" NOT NULL CHECK (octet_length(user_id) BETWEEN 1 AND 128),
    read_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (tez, user_id)
);

-- What was handed over stays as it was; only whether it is shown changes.
CREATE FUNCTION tez_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a Tez is never changed';
END
$$;

CREATE TRIGGER tez_stay BEFORE UPDATE ON tez
    FOR EACH ROW
    WHEN (NEW.id <> OLD.id OR NEW.community <> OLD.community OR NEW.team <> OLD.team
        OR NEW.thread <> OLD.thread OR NEW.parent IS DISTINCT FROM OLD.parent
        OR NEW.sender <> OLD.sender OR NEW.kind <> OLD.kind OR NEW.urgency <> OLD.urgency
        OR NEW.visibility <> OLD.visibility OR NEW.surface_text <> OLD.surface_text
        OR NEW.action_requested IS DISTINCT FROM OLD.action_requested
        OR NEW.created_at <> OLD.created_at)
    EXECUTE FUNCTION tez_stay();

CREATE TRIGGER tez_context_stays BEFORE UPDATE ON tez_context
    FOR EACH ROW EXECUTE FUNCTION tez_stay();

CREATE TRIGGER tez_recipients_stay BEFORE UPDATE ON tez_recipients
    FOR EACH ROW EXECUTE FUNCTION tez_stay();
