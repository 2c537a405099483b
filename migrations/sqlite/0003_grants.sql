-- What an admin approved. One grant at most of a skill is active in a community.
CREATE TABLE grants (
    id           BLOB NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    community    TEXT NOT NULL,
    skill        TEXT NOT NULL,
    submission   BLOB NOT NULL,
    component    TEXT NOT NULL,
    manifest     TEXT NOT NULL,
    capabilities TEXT NOT NULL CHECK (json_type(capabilities) = 'object'),
    limits       TEXT NOT NULL CHECK (json_type(limits) = 'object'),
    config       TEXT NOT NULL CHECK (json_type(config) = 'object'),
    granted_by   TEXT NOT NULL CHECK (octet_length(granted_by) BETWEEN 1 AND 128),
    granted_at   TEXT NOT NULL,
    revoked_at   TEXT,
    FOREIGN KEY (submission, community, skill, component, manifest)
        REFERENCES submissions (id, community, skill, component, manifest)
) STRICT;

CREATE UNIQUE INDEX grants_active ON grants (community, skill) WHERE revoked_at IS NULL;
