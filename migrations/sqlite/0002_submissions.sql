-- Components by digest, and who handed them in with which manifest.
CREATE TABLE components (
    digest TEXT NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 71),
    bytes  BLOB NOT NULL
) STRICT;

CREATE TABLE submissions (
    id            BLOB NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    community     TEXT NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    skill         TEXT NOT NULL CHECK (octet_length(skill) BETWEEN 1 AND 64),
    version       TEXT NOT NULL CHECK (octet_length(version) BETWEEN 1 AND 64),
    component     TEXT NOT NULL REFERENCES components (digest),
    manifest      TEXT NOT NULL CHECK (octet_length(manifest) = 71),
    manifest_text TEXT NOT NULL,
    submitted_by  TEXT NOT NULL CHECK (octet_length(submitted_by) BETWEEN 1 AND 128),
    submitted_at  TEXT NOT NULL,
    UNIQUE (community, component, manifest),
    -- What a grant repeats of its submission, so that a grant can only be bound to all of it.
    UNIQUE (id, community, skill, component, manifest)
) STRICT;

CREATE INDEX submissions_newest ON submissions (community, submitted_at DESC, id DESC);
