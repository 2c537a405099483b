-- Every version of every community's policies. Nothing is changed and nothing goes, so that it can always be
-- told by which policies something was decided.
CREATE TABLE policies (
    community TEXT    NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    version   INTEGER NOT NULL CHECK (version BETWEEN 1 AND 4294967295),
    text      TEXT    NOT NULL CHECK (octet_length(text) <= 32768),
    digest    TEXT    NOT NULL CHECK (octet_length(digest) = 71),
    put_by    TEXT    NOT NULL CHECK (octet_length(put_by) BETWEEN 1 AND 128),
    put_at    TEXT    NOT NULL,
    PRIMARY KEY (community, version)
) STRICT;

CREATE TRIGGER policies_no_update BEFORE UPDATE ON policies
BEGIN
    SELECT RAISE(ABORT, 'policies are never changed');
END;

CREATE TRIGGER policies_no_delete BEFORE DELETE ON policies
BEGIN
    SELECT RAISE(ABORT, 'policies are never removed');
END;
