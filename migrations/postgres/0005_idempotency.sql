-- Requests that callers named with a key, and what they were answered. Digests only say whose.
CREATE TABLE idempotency (
    id           BYTEA       NOT NULL PRIMARY KEY CHECK (octet_length(id) = 32),
    principal    BYTEA       NOT NULL CHECK (octet_length(principal) = 32),
    fingerprint  BYTEA       NOT NULL CHECK (octet_length(fingerprint) = 32),
    leased_until TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    ended        BOOLEAN     NOT NULL,
    status       INTEGER     CHECK (status BETWEEN 100 AND 599),
    headers      JSONB       CHECK (jsonb_typeof(headers) = 'array'),
    body         BYTEA       CHECK (octet_length(body) <= 262144),
    -- An answer is whole or absent, and only of a request that ended.
    CHECK ((status IS NULL) = (headers IS NULL) AND (status IS NULL) = (body IS NULL)),
    CHECK (status IS NULL OR ended)
);

CREATE INDEX idempotency_principal ON idempotency (principal, expires_at);
CREATE INDEX idempotency_expiry ON idempotency (expires_at);
