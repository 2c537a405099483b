-- Counts the changes of what rights are made of, within the transactions that make them. What a host read
-- while it had the present number is still so.
CREATE TABLE rights_version (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL
) STRICT;

INSERT INTO rights_version (id, number) VALUES (1, 0);

CREATE TRIGGER tokens_inserted AFTER INSERT ON tokens
BEGIN UPDATE rights_version SET number = number + 1; END;
CREATE TRIGGER tokens_updated AFTER UPDATE ON tokens
BEGIN UPDATE rights_version SET number = number + 1; END;
CREATE TRIGGER tokens_deleted AFTER DELETE ON tokens
BEGIN UPDATE rights_version SET number = number + 1; END;

CREATE TRIGGER grants_inserted AFTER INSERT ON grants
BEGIN UPDATE rights_version SET number = number + 1; END;
CREATE TRIGGER grants_updated AFTER UPDATE ON grants
BEGIN UPDATE rights_version SET number = number + 1; END;
CREATE TRIGGER grants_deleted AFTER DELETE ON grants
BEGIN UPDATE rights_version SET number = number + 1; END;

CREATE TRIGGER skill_generations_inserted AFTER INSERT ON skill_generations
BEGIN UPDATE rights_version SET number = number + 1; END;
CREATE TRIGGER skill_generations_updated AFTER UPDATE ON skill_generations
BEGIN UPDATE rights_version SET number = number + 1; END;
CREATE TRIGGER skill_generations_deleted AFTER DELETE ON skill_generations
BEGIN UPDATE rights_version SET number = number + 1; END;

-- Nothing else ever happens to policies.
CREATE TRIGGER policies_inserted AFTER INSERT ON policies
BEGIN UPDATE rights_version SET number = number + 1; END;
