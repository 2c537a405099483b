-- Bearer tokens at rest: the digest of a secret, never the secret.
CREATE TABLE tokens (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    secret_sha256 BLOB    NOT NULL CHECK (octet_length(secret_sha256) = 32),
    label         TEXT    NOT NULL CHECK (octet_length(label) <= 200),
    community     TEXT    NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    user_id       TEXT    NOT NULL CHECK (octet_length(user_id) BETWEEN 1 AND 128),
    agent_id      TEXT             CHECK (octet_length(agent_id) BETWEEN 1 AND 128),
    role          TEXT    NOT NULL CHECK (role IN ('admin', 'member', 'agent', 'partner', 'service')),
    skills        TEXT             CHECK (json_type(skills) = 'array'),
    may_write     INTEGER NOT NULL CHECK (may_write IN (0, 1)),
    created_at    TEXT    NOT NULL,
    expires_at    TEXT    NOT NULL,
    revoked_at    TEXT
) STRICT;

CREATE INDEX tokens_newest ON tokens (community, created_at DESC, id DESC);
