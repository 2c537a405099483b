-- What two communities have with each other is asked with every search and by every module of a partner: it is found at
-- once, however many partners either of them has.

CREATE INDEX community_partnerships_of_two ON community_partnerships (source_community_id, target_community_id);
