-- What a skill keeps in a community, all keys and values together. Versions are counted here and not for each key,
-- so that none comes twice; and whoever changes anything writes here first, so that the others wait.
CREATE TABLE module_state_accounts (
    community    TEXT    NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    skill        TEXT    NOT NULL CHECK (octet_length(skill) BETWEEN 1 AND 64),
    next_version INTEGER NOT NULL CHECK (next_version >= 1),
    keys         INTEGER NOT NULL CHECK (keys >= 0),
    bytes        INTEGER NOT NULL CHECK (bytes >= keys),
    PRIMARY KEY (community, skill)
) STRICT;

CREATE TABLE module_state (
    community TEXT    NOT NULL,
    skill     TEXT    NOT NULL,
    key       TEXT    NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 128),
    version   INTEGER NOT NULL CHECK (version >= 1),
    value     BLOB    NOT NULL CHECK (octet_length(value) <= 65536),
    PRIMARY KEY (community, skill, key),
    FOREIGN KEY (community, skill) REFERENCES module_state_accounts (community, skill)
) STRICT;
