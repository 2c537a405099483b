-- Plans that wait for a person: whose they are, which call waits for them (a digest of who called what with which
-- parameters), that somebody said no, and that the call was answered with what became of it.
ALTER TABLE plans ADD COLUMN owner TEXT NOT NULL DEFAULT '-' CHECK (octet_length(owner) BETWEEN 1 AND 128);
ALTER TABLE plans ADD COLUMN awaited_by TEXT CHECK (octet_length(awaited_by) = 71);
ALTER TABLE plans ADD COLUMN declined INTEGER NOT NULL DEFAULT FALSE CHECK (declined IN (0, 1));
ALTER TABLE plans ADD COLUMN told INTEGER NOT NULL DEFAULT FALSE CHECK (told IN (0, 1));

CREATE INDEX plans_owner ON plans (community, owner, expires_at);
-- A call waits for one plan at a time.
CREATE UNIQUE INDEX plans_awaited ON plans (awaited_by) WHERE awaited_by IS NOT NULL AND told = FALSE;

CREATE TRIGGER plans_keep_their_owner BEFORE UPDATE ON plans
WHEN NEW.owner <> OLD.owner OR NEW.awaited_by IS DISTINCT FROM OLD.awaited_by
    OR NEW.declined < OLD.declined OR NEW.told < OLD.told
BEGIN
    SELECT RAISE(ABORT, 'plans are never changed');
END;
