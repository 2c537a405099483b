-- Components by digest, and who handed them in with which manifest.
CREATE TABLE components (
    digest TEXT  COLLATE "C" NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 71),
    bytes  BYTEA NOT NULL
);

CREATE TABLE submissions (
    id            UUID        NOT NULL PRIMARY KEY,
    community     TEXT        COLLATE "C" NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    skill         TEXT        COLLATE "C" NOT NULL CHECK (octet_length(skill) BETWEEN 1 AND 64),
    version       TEXT        COLLATE "C" NOT NULL CHECK (octet_length(version) BETWEEN 1 AND 64),
    component     TEXT        COLLATE "C" NOT NULL REFERENCES components (digest),
    manifest      TEXT        COLLATE "C" NOT NULL CHECK (octet_length(manifest) = 71),
    manifest_text TEXT        COLLATE "C" NOT NULL,
    submitted_by  TEXT        COLLATE "C" NOT NULL CHECK (octet_length(submitted_by) BETWEEN 1 AND 128),
    submitted_at  TIMESTAMPTZ NOT NULL,
    UNIQUE (community, component, manifest),
    -- What a grant repeats of its submission, so that a grant can only be bound to all of it.
    UNIQUE (id, community, skill, component, manifest)
);

CREATE INDEX submissions_newest ON submissions (community, submitted_at DESC, id DESC);
