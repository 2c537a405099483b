-- A module belongs to the community that it was handed in to, which may let its partners take it over. One that was taken
-- over names that community.
ALTER TABLE submissions ADD COLUMN owner TEXT REFERENCES communities (id)
    CHECK (owner <> community);
ALTER TABLE submissions ADD COLUMN offered_at TEXT
    CHECK (offered_at IS NULL OR owner IS NULL);
CREATE INDEX submissions_offered ON submissions (community, offered_at DESC, id DESC) WHERE offered_at IS NOT NULL;

-- A grant of one rests on the partnership that it was made under.
ALTER TABLE grants ADD COLUMN partnership INTEGER REFERENCES community_partnerships (id);

-- Whether two communities are partners is asked of whatever runs.
CREATE INDEX community_partnerships_accepted ON community_partnerships (source_community_id, target_community_id)
    WHERE status = 'accepted';
CREATE TRIGGER community_partnerships_changed AFTER UPDATE OF status ON community_partnerships
WHEN (OLD.status = 'accepted') <> (NEW.status = 'accepted')
BEGIN UPDATE rights_version SET number = number + 1; END;
CREATE TRIGGER community_partnerships_gone AFTER DELETE ON community_partnerships
BEGIN UPDATE rights_version SET number = number + 1; END;
