-- How often it was changed what a skill may do, and since when it is stopped.
CREATE TABLE skill_generations (
    community  TEXT    NOT NULL CHECK (octet_length(community) BETWEEN 1 AND 128),
    skill      TEXT    NOT NULL CHECK (octet_length(skill) BETWEEN 1 AND 64),
    generation INTEGER NOT NULL CHECK (generation >= 1),
    frozen_at  TEXT,
    PRIMARY KEY (community, skill)
) STRICT;

-- A grant now names its generation, its tools and how it ended. One made before names none of them, so
-- it ends here, at generation zero: what was not approved in these words must be approved again.
UPDATE grants SET revoked_at = granted_at WHERE revoked_at IS NULL;
ALTER TABLE grants ADD COLUMN generation INTEGER NOT NULL DEFAULT 0 CHECK (generation >= 0);
ALTER TABLE grants ADD COLUMN capability_set TEXT NOT NULL DEFAULT ''
    CHECK (generation = 0 OR octet_length(capability_set) = 71);
ALTER TABLE grants ADD COLUMN tools TEXT NOT NULL DEFAULT '{}' CHECK (json_type(tools) = 'object');
ALTER TABLE grants ADD COLUMN ended_as TEXT
    CHECK (ended_as IN ('replaced', 'revoked', 'rolled-back'))
    CHECK (generation = 0 OR (ended_as IS NULL) = (revoked_at IS NULL));

CREATE UNIQUE INDEX grants_generation ON grants (community, skill, generation) WHERE generation > 0;
