-- How many requests a skill ever sent out of a community. Whoever counts one counts it here first, so that the
-- others wait.
CREATE TABLE http_usage_totals (
    community TEXT   COLLATE "C" NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    skill     TEXT   COLLATE "C" NOT NULL CHECK (octet_length(skill) BETWEEN 1 AND 64),
    requests  BIGINT NOT NULL CHECK (requests >= 1),
    PRIMARY KEY (community, skill)
);

-- How many of them in each hour since 1970.
CREATE TABLE http_usage (
    community TEXT   COLLATE "C" NOT NULL,
    skill     TEXT   COLLATE "C" NOT NULL,
    hour      BIGINT NOT NULL,
    requests  BIGINT NOT NULL CHECK (requests BETWEEN 1 AND 4294967295),
    PRIMARY KEY (community, skill, hour),
    FOREIGN KEY (community, skill) REFERENCES http_usage_totals (community, skill)
);
