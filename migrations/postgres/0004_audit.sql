-- The audit trail: leaves of a Merkle tree in order. Nothing here is ever changed or removed.
CREATE TABLE audit (
    number     BIGINT      NOT NULL PRIMARY KEY CHECK (number >= 0),
    community  TEXT        COLLATE "C" NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    at         TIMESTAMPTZ NOT NULL,
    action     TEXT        COLLATE "C" NOT NULL,
    outcome    TEXT        COLLATE "C" NOT NULL,
    user_id    TEXT        COLLATE "C",
    skill      TEXT        COLLATE "C",
    invocation UUID,
    leaf       TEXT        COLLATE "C" NOT NULL
);

CREATE INDEX audit_newest ON audit (community, number DESC);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_is_not_removed BEFORE DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The tree over all leaves: its size, and the roots of its complete subtrees from left to right.
CREATE TABLE audit_head (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    size     BIGINT  NOT NULL CHECK (size >= 0),
    frontier BYTEA   NOT NULL CHECK (octet_length(frontier) % 32 = 0)
);

INSERT INTO audit_head (id, size, frontier) VALUES (1, 0, '');

-- What was signed.
CREATE TABLE checkpoints (
    size     BIGINT      NOT NULL PRIMARY KEY CHECK (size > 0),
    frontier BYTEA       NOT NULL CHECK (octet_length(frontier) % 32 = 0),
    at       TIMESTAMPTZ NOT NULL,
    note     TEXT        COLLATE "C" NOT NULL
);

CREATE TRIGGER checkpoints_are_not_changed BEFORE UPDATE ON checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoints_are_not_removed BEFORE DELETE OR TRUNCATE ON checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Writes to the CRM whose outcome is not recorded yet.
CREATE TABLE pending_writes (
    id        UUID        NOT NULL PRIMARY KEY,
    community TEXT        COLLATE "C" NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    deadline  TIMESTAMPTZ NOT NULL,
    intent    TEXT        COLLATE "C" NOT NULL
);

CREATE INDEX pending_writes_overdue ON pending_writes (deadline);
