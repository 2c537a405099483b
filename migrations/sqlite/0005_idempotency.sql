-- Requests that callers named with a key, and what they were answered. Digests only say whose.
CREATE TABLE idempotency (
    id           BLOB    NOT NULL PRIMARY KEY CHECK (octet_length(id) = 32),
    principal    BLOB    NOT NULL CHECK (octet_length(principal) = 32),
    fingerprint  BLOB    NOT NULL CHECK (octet_length(fingerprint) = 32),
    leased_until TEXT    NOT NULL,
    expires_at   TEXT    NOT NULL,
    ended        INTEGER NOT NULL CHECK (ended IN (0, 1)),
    status       INTEGER CHECK (status BETWEEN 100 AND 599),
    headers      TEXT    CHECK (json_type(headers) = 'array'),
    body         BLOB    CHECK (octet_length(body) <= 262144),
    -- An answer is whole or absent, and only of a request that ended.
    CHECK ((status IS NULL) = (headers IS NULL) AND (status IS NULL) = (body IS NULL)),
    CHECK (status IS NULL OR ended = 1)
) STRICT;

CREATE INDEX idempotency_principal ON idempotency (principal, expires_at);
CREATE INDEX idempotency_expiry ON idempotency (expires_at);
