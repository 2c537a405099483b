-- The writes of the last hour are counted from their intents.
CREATE INDEX audit_intended ON audit (community, at) WHERE outcome = 'intended';
