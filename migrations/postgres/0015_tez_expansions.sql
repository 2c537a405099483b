-- Questions for more of a record than a Tez says, and what its sender answered; and that something was taken
-- out of a Tez. `fields` and `approved` are names of fields with a space between them.
CREATE TABLE tez_expansions (
    id         UUID        NOT NULL PRIMARY KEY,
    community  TEXT        COLLATE "C" NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    tez        UUID        NOT NULL REFERENCES tez (id),
    context    UUID        NOT NULL REFERENCES tez_context (id),
    object     TEXT        COLLATE "C" NOT NULL CHECK (object IN ('contact', 'company', 'opportunity', 'task', 'note')),
    record     UUID        NOT NULL,
    asker      TEXT        COLLATE "C" NOT NULL CHECK (octet_length(asker) BETWEEN 1 AND 128),
    owner      TEXT        COLLATE "C" NOT NULL CHECK (octet_length(owner) BETWEEN 1 AND 128),
    fields     TEXT        COLLATE "C" NOT NULL CHECK (octet_length(fields) BETWEEN 1 AND 2048),
    reason     TEXT        COLLATE "C" NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    asked_at   TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    decided_at TIMESTAMPTZ,
    approved   TEXT        COLLATE "C" CHECK (octet_length(approved) <= 2048),
    note       TEXT        COLLATE "C" CHECK (length(note) BETWEEN 1 AND 500),
    -- The Tez that something was let out with.
    reply      UUID        REFERENCES tez (id),
    CHECK (asker <> owner),
    CHECK ((decided_at IS NULL) = (approved IS NULL)),
    CHECK (note IS NULL OR decided_at IS NOT NULL),
    CHECK ((reply IS NULL) = (approved IS NULL OR approved = ''))
);

CREATE INDEX tez_expansions_of ON tez_expansions (tez, id DESC);
CREATE INDEX tez_expansions_for ON tez_expansions (community, owner, id DESC);
-- Who waits for an answer does not ask the same again.
CREATE UNIQUE INDEX tez_expansions_wait ON tez_expansions (context, asker, fields) WHERE decided_at IS NULL;

-- A question is never another one, and is decided once.
CREATE FUNCTION tez_expansions_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a question is never changed';
END
$$;

CREATE TRIGGER tez_expansions_stay BEFORE UPDATE ON tez_expansions
    FOR EACH ROW
    WHEN (OLD.decided_at IS NOT NULL OR NEW.decided_at IS NULL
        OR NEW.id <> OLD.id OR NEW.community <> OLD.community OR NEW.tez <> OLD.tez
        OR NEW.context <> OLD.context OR NEW.object <> OLD.object OR NEW.record <> OLD.record
        OR NEW.asker <> OLD.asker OR NEW.owner <> OLD.owner OR NEW.fields <> OLD.fields
        OR NEW.reason <> OLD.reason OR NEW.asked_at <> OLD.asked_at OR NEW.expires_at <> OLD.expires_at)
    EXECUTE FUNCTION tez_expansions_stay();

ALTER TABLE tez_context ADD COLUMN redacted_at TIMESTAMPTZ;
ALTER TABLE tez_context ADD COLUMN redacted_by TEXT COLLATE "C" CHECK (octet_length(redacted_by) BETWEEN 1 AND 128);
ALTER TABLE tez_context ADD COLUMN redaction_reason TEXT COLLATE "C" CHECK (length(redaction_reason) BETWEEN 1 AND 500);

-- What was handed over stays as it was, until what an item says is taken out: that and nothing else, once.
DROP TRIGGER tez_context_stays ON tez_context;
CREATE TRIGGER tez_context_stays BEFORE UPDATE ON tez_context
    FOR EACH ROW
    WHEN (OLD.redacted_at IS NOT NULL OR NEW.redacted_at IS NULL OR NEW.redacted_by IS NULL
        OR NEW.redaction_reason IS NULL OR NEW.content <> '[redacted]' OR NEW.derived_from IS NOT NULL
        OR NEW.mime_type IS NOT NULL
        OR NEW.id <> OLD.id OR NEW.tez <> OLD.tez OR NEW.number <> OLD.number OR NEW.layer <> OLD.layer
        OR NEW.confidence IS DISTINCT FROM OLD.confidence OR NEW.source <> OLD.source
        OR NEW.provenance IS DISTINCT FROM OLD.provenance OR NEW.created_by <> OLD.created_by
        OR NEW.created_at <> OLD.created_at)
    EXECUTE FUNCTION tez_stay();
-- Nothing is taken out before it was there.
CREATE FUNCTION tez_context_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a Tez is shared whole';
END
$$;

CREATE TRIGGER tez_context_whole BEFORE INSERT ON tez_context
    FOR EACH ROW
    WHEN (NEW.redacted_at IS NOT NULL OR NEW.redacted_by IS NOT NULL OR NEW.redaction_reason IS NOT NULL)
    EXECUTE FUNCTION tez_context_whole();
