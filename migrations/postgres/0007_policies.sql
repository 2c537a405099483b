-- Every version of every community's policies. Nothing is changed and nothing goes, so that it can always be
-- told by which policies something was decided.
CREATE TABLE policies (
    community TEXT        COLLATE "C" NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    version   BIGINT      NOT NULL CHECK (version BETWEEN 1 AND 4294967295),
    text      TEXT        COLLATE "C" NOT NULL CHECK (octet_length(text) <= 32768),
    digest    TEXT        COLLATE "C" NOT NULL CHECK (octet_length(digest) = 71),
    put_by    TEXT        COLLATE "C" NOT NULL CHECK (octet_length(put_by) BETWEEN 1 AND 128),
    put_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (community, version)
);

CREATE FUNCTION policies_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'policies are never changed or removed';
END
$$;

CREATE TRIGGER policies_no_update BEFORE UPDATE ON policies
    FOR EACH STATEMENT EXECUTE FUNCTION policies_stay();

CREATE TRIGGER policies_no_delete BEFORE DELETE OR TRUNCATE ON policies
    FOR EACH STATEMENT EXECUTE FUNCTION policies_stay();
