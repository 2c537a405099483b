-- Every version of every community's settings: JSON. Nothing is changed and nothing goes, so that it can always
-- be told under which settings something was let out.
CREATE TABLE community_settings (
    community TEXT    NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    version   INTEGER NOT NULL CHECK (version BETWEEN 1 AND 4294967295),
    document  TEXT    NOT NULL CHECK (octet_length(document) BETWEEN 1 AND 32768),
    digest    TEXT    NOT NULL CHECK (octet_length(digest) = 71),
    put_by    TEXT    NOT NULL CHECK (octet_length(put_by) BETWEEN 1 AND 128),
    put_at    TEXT    NOT NULL,
    PRIMARY KEY (community, version)
) STRICT;

CREATE TRIGGER community_settings_no_update BEFORE UPDATE ON community_settings
BEGIN
    SELECT RAISE(ABORT, 'settings are never changed');
END;

CREATE TRIGGER community_settings_no_delete BEFORE DELETE ON community_settings
BEGIN
    SELECT RAISE(ABORT, 'settings are never removed');
END;

-- They are kept in memory like what rights are made of, and counted with it. Nothing else ever happens to them.
CREATE TRIGGER community_settings_inserted AFTER INSERT ON community_settings
BEGIN UPDATE rights_version SET number = number + 1; END;
