-- Every version of every community's settings: JSON. Nothing is changed and nothing goes, so that it can always
-- be told under which settings something was let out.
CREATE TABLE community_settings (
    community TEXT        COLLATE "C" NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    version   BIGINT      NOT NULL CHECK (version BETWEEN 1 AND 4294967295),
    document  TEXT        COLLATE "C" NOT NULL CHECK (octet_length(document) BETWEEN 1 AND 32768),
    digest    TEXT        COLLATE "C" NOT NULL CHECK (octet_length(digest) = 71),
    put_by    TEXT        COLLATE "C" NOT NULL CHECK (octet_length(put_by) BETWEEN 1 AND 128),
    put_at    TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (community, version)
);

CREATE FUNCTION community_settings_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'settings are never changed or removed';
END
$$;

CREATE TRIGGER community_settings_no_update BEFORE UPDATE ON community_settings
    FOR EACH STATEMENT EXECUTE FUNCTION community_settings_stay();

CREATE TRIGGER community_settings_no_delete BEFORE DELETE OR TRUNCATE ON community_settings
    FOR EACH STATEMENT EXECUTE FUNCTION community_settings_stay();

-- They are kept in memory like what rights are made of, and counted with it. Nothing else ever happens to them.
CREATE TRIGGER community_settings_changed AFTER INSERT ON community_settings
    FOR EACH STATEMENT EXECUTE FUNCTION rights_changed();
