-- To how many partners what happened in a community went on a day of UTC, and from how many it was kept, and why.
CREATE TABLE relay_counts (
    community_id TEXT    NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    day          TEXT    NOT NULL CHECK (length(day) = 10),
    outcome      TEXT    NOT NULL CHECK (outcome IN ('relayed', 'partnership-suspended', 'kind-not-permitted', 'board-not-permitted', 'too-few-votes', 'hourly-limit-reached', 'daily-limit-reached')),
    count        INTEGER NOT NULL CHECK (count > 0),
    PRIMARY KEY (community_id, day, outcome)
) STRICT;
