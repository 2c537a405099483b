-- What guests asked of the host and were answered, kept for a while. The body says everything, and the record
-- of its call has its digest; the other columns are copies of what it is looked up by.
CREATE TABLE journals (
    -- The number of its call's record.
    record     BIGINT      NOT NULL PRIMARY KEY CHECK (record >= 0),
    invocation UUID        NOT NULL UNIQUE,
    community  TEXT        COLLATE "C" NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    at         TIMESTAMPTZ NOT NULL,
    body       TEXT        COLLATE "C" NOT NULL CHECK (octet_length(body) <= 262144)
);

CREATE FUNCTION journals_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'journals are never changed';
END
$$;

CREATE TRIGGER journals_stay BEFORE UPDATE ON journals
    FOR EACH ROW EXECUTE FUNCTION journals_stay();
