-- Questions for more of a record than a Tez says, and what its sender answered; and that something was taken
-- out of a Tez. `fields` and `approved` are names of fields with a space between them.
CREATE TABLE tez_expansions (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    community  TEXT    NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    tez        BLOB    NOT NULL CHECK (octet_length(tez) = 16) REFERENCES tez (id),
    context    BLOB    NOT NULL CHECK (octet_length(context) = 16) REFERENCES tez_context (id),
    object     TEXT    NOT NULL CHECK (object IN ('contact', 'company', 'opportunity', 'task', 'note')),
    record     BLOB    NOT NULL CHECK (octet_length(record) = 16),
    asker      TEXT    NOT NULL CHECK (octet_length(asker) BETWEEN 1 AND 128),
    owner      TEXT    NOT NULL CHECK (octet_length(owner) BETWEEN 1 AND 128),
    fields     TEXT    NOT NULL CHECK (octet_length(fields) BETWEEN 1 AND 2048),
    reason     TEXT    NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    asked_at   TEXT    NOT NULL,
    expires_at TEXT    NOT NULL,
    decided_at TEXT,
    approved   TEXT    CHECK (octet_length(approved) <= 2048),
    note       TEXT    CHECK (length(note) BETWEEN 1 AND 500),
    -- The Tez that something was let out with.
    reply      BLOB    CHECK (octet_length(reply) = 16) REFERENCES tez (id),
    CHECK (asker <> owner),
    CHECK ((decided_at IS NULL) = (approved IS NULL)),
    CHECK (note IS NULL OR decided_at IS NOT NULL),
    CHECK ((reply IS NULL) = (approved IS NULL OR approved = ''))
) STRICT;

CREATE INDEX tez_expansions_of ON tez_expansions (tez, id DESC);
CREATE INDEX tez_expansions_for ON tez_expansions (community, owner, id DESC);
-- Who waits for an answer does not ask the same again.
CREATE UNIQUE INDEX tez_expansions_wait ON tez_expansions (context, asker, fields) WHERE decided_at IS NULL;

-- A question is never another one, and is decided once.
CREATE TRIGGER tez_expansions_stay BEFORE UPDATE ON tez_expansions
WHEN OLD.decided_at IS NOT NULL OR NEW.decided_at IS NULL
    OR NEW.id <> OLD.id OR NEW.community <> OLD.community OR NEW.tez <> OLD.tez
    OR NEW.context <> OLD.context OR NEW.object <> OLD.object OR NEW.record <> OLD.record
    OR NEW.asker <> OLD.asker OR NEW.owner <> OLD.owner OR NEW.fields <> OLD.fields
    OR NEW.reason <> OLD.reason OR NEW.asked_at <> OLD.asked_at OR NEW.expires_at <> OLD.expires_at
BEGIN
    SELECT RAISE(ABORT, 'a question is never changed');
END;

ALTER TABLE tez_context ADD COLUMN redacted_at TEXT;
ALTER TABLE tez_context ADD COLUMN redacted_by TEXT    CHECK (octet_length(redacted_by) BETWEEN 1 AND 128);
ALTER TABLE tez_context ADD COLUMN redaction_reason TEXT    CHECK (length(redaction_reason) BETWEEN 1 AND 500);

-- What was handed over stays as it was, until what an item says is taken out: that and nothing else, once.
DROP TRIGGER tez_context_stays;
CREATE TRIGGER tez_context_stays BEFORE UPDATE ON tez_context
WHEN OLD.redacted_at IS NOT NULL OR NEW.redacted_at IS NULL OR NEW.redacted_by IS NULL
    OR NEW.redaction_reason IS NULL OR NEW.content <> '[redacted]' OR NEW.derived_from IS NOT NULL
    OR NEW.mime_type IS NOT NULL
    OR NEW.id <> OLD.id OR NEW.tez <> OLD.tez OR NEW.number <> OLD.number OR NEW.layer <> OLD.layer
    OR NEW.confidence IS NOT OLD.confidence OR NEW.source <> OLD.source
    OR NEW.provenance IS NOT OLD.provenance OR NEW.created_by <> OLD.created_by
    OR NEW.created_at <> OLD.created_at
BEGIN
    SELECT RAISE(ABORT, 'a Tez is never changed');
END;
-- Nothing is taken out before it was there.
CREATE TRIGGER tez_context_whole BEFORE INSERT ON tez_context
WHEN NEW.redacted_at IS NOT NULL OR NEW.redacted_by IS NOT NULL OR NEW.redaction_reason IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a Tez is shared whole');
END;
