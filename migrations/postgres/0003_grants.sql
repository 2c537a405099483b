-- What an admin approved. One grant at most of a skill is active in a community.
CREATE TABLE grants (
    id           UUID        NOT NULL PRIMARY KEY,
    community    TEXT        COLLATE "C" NOT NULL,
    skill        TEXT        COLLATE "C" NOT NULL,
    submission   UUID        NOT NULL,
    component    TEXT        COLLATE "C" NOT NULL,
    manifest     TEXT        COLLATE "C" NOT NULL,
    capabilities JSONB       NOT NULL CHECK (jsonb_typeof(capabilities) = 'object'),
    limits       JSONB       NOT NULL CHECK (jsonb_typeof(limits) = 'object'),
    config       JSONB       NOT NULL CHECK (jsonb_typeof(config) = 'object'),
    granted_by   TEXT        COLLATE "C" NOT NULL CHECK (octet_length(granted_by) BETWEEN 1 AND 128),
    granted_at   TIMESTAMPTZ NOT NULL,
    revoked_at   TIMESTAMPTZ,
    FOREIGN KEY (submission, community, skill, component, manifest)
        REFERENCES submissions (id, community, skill, component, manifest)
);

CREATE UNIQUE INDEX grants_active ON grants (community, skill) WHERE revoked_at IS NULL;
