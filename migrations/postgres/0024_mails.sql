-- Mail that is to go to the admins of both sides when a partnership moves. The transaction that moves it puts it here;
-- any host sends it later, and tries again until it went, or cannot. Where it goes to is looked up when it goes.
CREATE TABLE mails (
    community_id TEXT        COLLATE "C" NOT NULL,
    number       BIGINT      NOT NULL,
    user_id      TEXT        COLLATE "C" NOT NULL,
    at           TIMESTAMPTZ NOT NULL,
    -- When it is tried next. Whoever tries it sets this to when they will have given up, so that nobody else tries it
    -- meanwhile, and somebody does if they die.
    due_at       TIMESTAMPTZ,
    tries        BIGINT      NOT NULL CHECK (tries >= 0),
    outcome      TEXT        CHECK (outcome IN ('sent', 'refused', 'given-up', 'unwanted')),
    ended_at     TIMESTAMPTZ,
    PRIMARY KEY (community_id, number, user_id),
    FOREIGN KEY (community_id, number) REFERENCES community_events (community_id, number) ON DELETE CASCADE,
    FOREIGN KEY (community_id, user_id) REFERENCES community_members (community_id, user_id) ON DELETE CASCADE,
    CONSTRAINT due CHECK ((due_at IS NULL) = (outcome IS NOT NULL)),
    CONSTRAINT ended CHECK ((outcome IS NULL) = (ended_at IS NULL))
);

CREATE INDEX mails_due ON mails (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mails_of_person ON mails (community_id, user_id, at);

CREATE FUNCTION mails_that_ended_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what became of a mail stays';
END
$$;

CREATE TRIGGER mails_that_ended_stay BEFORE UPDATE ON mails
    FOR EACH ROW WHEN (OLD.outcome IS NOT NULL) EXECUTE FUNCTION mails_that_ended_stay();
