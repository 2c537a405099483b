-- Communities in the order in which they changed, so that whoever knows some finds those that are new or others. Whoever
-- changes one counts it here first, so that the others wait: no number appears later under one that somebody has seen.
CREATE TABLE communities_changed (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    last INTEGER NOT NULL CHECK (last >= 0)
) STRICT;

ALTER TABLE communities ADD COLUMN changed INTEGER NOT NULL DEFAULT 0 CHECK (changed >= 0);
UPDATE communities SET changed = numbered.number
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS number FROM communities) AS numbered
    WHERE numbered.id = communities.id;
INSERT INTO communities_changed (id, last) SELECT 1, COUNT(*) FROM communities;
CREATE UNIQUE INDEX communities_by_change ON communities (changed);
