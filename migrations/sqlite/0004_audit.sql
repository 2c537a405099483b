-- The audit trail: leaves of a Merkle tree in order. Nothing here is ever changed or removed.
CREATE TABLE audit (
    number     INTEGER NOT NULL PRIMARY KEY CHECK (number >= 0),
    community  TEXT    NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    at         TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    user_id    TEXT,
    skill      TEXT,
    invocation BLOB             CHECK (octet_length(invocation) = 16),
    leaf       TEXT    NOT NULL
) STRICT;

CREATE INDEX audit_newest ON audit (community, number DESC);

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

-- The tree over all leaves: its size, and the roots of its complete subtrees from left to right.
CREATE TABLE audit_head (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    size     INTEGER NOT NULL CHECK (size >= 0),
    frontier BLOB    NOT NULL CHECK (octet_length(frontier) % 32 = 0)
) STRICT;

INSERT INTO audit_head (id, size, frontier) VALUES (1, 0, x'');

-- What was signed.
CREATE TABLE checkpoints (
    size     INTEGER NOT NULL PRIMARY KEY CHECK (size > 0),
    frontier BLOB    NOT NULL CHECK (octet_length(frontier) % 32 = 0),
    at       TEXT    NOT NULL,
    note     TEXT    NOT NULL
) STRICT;

CREATE TRIGGER checkpoints_are_not_changed BEFORE UPDATE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
CREATE TRIGGER checkpoints_are_not_removed BEFORE DELETE ON checkpoints
BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;

-- Writes to the CRM whose outcome is not recorded yet.
CREATE TABLE pending_writes (
    id        BLOB NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    community TEXT NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    deadline  TEXT NOT NULL,
    intent    TEXT NOT NULL
) STRICT;

CREATE INDEX pending_writes_overdue ON pending_writes (deadline);
