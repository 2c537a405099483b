-- Bearer tokens at rest: the digest of a secret, never the secret.
CREATE TABLE tokens (
    id            UUID        NOT NULL PRIMARY KEY,
    secret_sha256 BYTEA       NOT NULL CHECK (octet_length(secret_sha256) = 32),
    label         TEXT        COLLATE "C" NOT NULL CHECK (octet_length(label) <= 200),
    community     TEXT        COLLATE "C" NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    user_id       TEXT        COLLATE "C" NOT NULL CHECK (octet_length(user_id) BETWEEN 1 AND 128),
    agent_id      TEXT        COLLATE "C"          CHECK (octet_length(agent_id) BETWEEN 1 AND 128),
    role          TEXT        COLLATE "C" NOT NULL CHECK (role IN ('admin', 'member', 'agent', 'partner', 'service')),
    skills        JSONB                CHECK (jsonb_typeof(skills) = 'array'),
    may_write     BOOLEAN     NOT NULL,
    created_at    TIMESTAMPTZ NOT NULL,
    expires_at    TIMESTAMPTZ NOT NULL,
    revoked_at    TIMESTAMPTZ
);

CREATE INDEX tokens_newest ON tokens (community, created_at DESC, id DESC);
