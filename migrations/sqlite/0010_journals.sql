-- What guests asked of the host and were answered, kept for a while. The body says everything, and the record
-- of its call has its digest; the other columns are copies of what it is looked up by.
CREATE TABLE journals (
    -- The number of its call's record.
    record     INTEGER NOT NULL PRIMARY KEY CHECK (record >= 0),
    invocation BLOB    NOT NULL UNIQUE CHECK (octet_length(invocation) = 16),
    community  TEXT    NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    at         TEXT    NOT NULL,
    body       TEXT    NOT NULL CHECK (octet_length(body) <= 262144)
) STRICT;

CREATE TRIGGER journals_stay BEFORE UPDATE ON journals
BEGIN
    SELECT RAISE(ABORT, 'journals are never changed');
END;
