-- Counts the changes of what rights are made of, within the transactions that make them. What a host read
-- while it had the present number is still so. Not a sequence: a sequence's number would be seen before the
-- change that it counts.
CREATE TABLE rights_version (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    number BIGINT  NOT NULL
);

INSERT INTO rights_version (id, number) VALUES (1, 0);

CREATE FUNCTION rights_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE rights_version SET number = number + 1;
    RETURN NULL;
END
$$;

CREATE TRIGGER tokens_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON tokens
    FOR EACH STATEMENT EXECUTE FUNCTION rights_changed();
CREATE TRIGGER grants_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON grants
    FOR EACH STATEMENT EXECUTE FUNCTION rights_changed();
CREATE TRIGGER skill_generations_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON skill_generations
    FOR EACH STATEMENT EXECUTE FUNCTION rights_changed();
-- Nothing else ever happens to policies.
CREATE TRIGGER policies_changed AFTER INSERT ON policies
    FOR EACH STATEMENT EXECUTE FUNCTION rights_changed();
