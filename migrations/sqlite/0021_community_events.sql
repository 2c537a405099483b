-- What happened in communities, as their platforms report it.
CREATE TABLE notifications (
    id           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT CHECK (id > 0),
    community_id TEXT    NOT NULL REFERENCES communities (id) ON DELETE CASCADE,
    at           TEXT    NOT NULL,
    kind         TEXT    NOT NULL CHECK (kind IN ('posts', 'votes', 'comments', 'boards', 'announcements')),
    board        INTEGER,
    votes        INTEGER CHECK (votes BETWEEN 0 AND 4294967295),
    title        TEXT    NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    body         TEXT    CHECK (length(body) BETWEEN 1 AND 2000),
    link         TEXT    CHECK (octet_length(link) BETWEEN 1 AND 2000)
) STRICT;

CREATE INDEX notifications_by_age ON notifications (at);

-- How many events each community has. Whoever adds one counts it here first, so that the others wait: the numbers
-- have no gap, and whoever has read up to one has missed none before it.
CREATE TABLE community_feeds (
    community_id TEXT    NOT NULL PRIMARY KEY REFERENCES communities (id) ON DELETE CASCADE,
    last         INTEGER NOT NULL CHECK (last > 0)
) STRICT;

-- What each community is told: of a move of its partnership, for admins, with what the partnership was then; or of
-- something that happened in it, or at a partner, which sent it that many things with this one.
CREATE TABLE community_events (
    community_id        TEXT    NOT NULL REFERENCES community_feeds (community_id) ON DELETE CASCADE,
    number              INTEGER NOT NULL CHECK (number > 0),
    at                  TEXT    NOT NULL,
    partnership         INTEGER,
    version             INTEGER,
    status              TEXT    CHECK (status IN ('pending', 'accepted', 'rejected', 'cancelled', 'expired', 'suspended', 'ended')),
    notification        INTEGER REFERENCES notifications (id) ON DELETE CASCADE,
    sender_community_id TEXT    REFERENCES communities (id) ON DELETE CASCADE,
    sent                INTEGER CHECK (sent > 0),
    PRIMARY KEY (community_id, number),
    FOREIGN KEY (partnership, version) REFERENCES partnership_moves (partnership, version) ON DELETE CASCADE,
    CHECK ((partnership IS NULL) = (notification IS NOT NULL)),
    CHECK ((partnership IS NULL) = (version IS NULL) AND (partnership IS NULL) = (status IS NULL)),
    CHECK ((sender_community_id IS NULL) = (sent IS NULL) AND (sent IS NULL OR notification IS NOT NULL)),
    CHECK (sender_community_id <> community_id)
) STRICT;

CREATE INDEX community_events_by_age ON community_events (at);
CREATE INDEX community_events_of_partnership ON community_events (partnership) WHERE partnership IS NOT NULL;
CREATE INDEX community_events_of_notification ON community_events (notification) WHERE notification IS NOT NULL;
-- How much of late a community was sent by another: the newest number less the newest before that time.
CREATE UNIQUE INDEX community_events_sent ON community_events (community_id, sender_community_id, sent) WHERE sent IS NOT NULL;
CREATE INDEX community_events_sent_at ON community_events (community_id, sender_community_id, at, sent) WHERE sent IS NOT NULL;

CREATE TRIGGER community_events_stay BEFORE UPDATE ON community_events
BEGIN
    SELECT RAISE(ABORT, 'what was told stays as it was told');
END;

CREATE TRIGGER notifications_stay BEFORE UPDATE ON notifications
BEGIN
    SELECT RAISE(ABORT, 'what was told stays as it was told');
END;
