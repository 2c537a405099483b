-- Every record is one JSON document. Columns beside it are copies the server filters or sorts by often.
CREATE TABLE record (
    object     TEXT NOT NULL,
    id         TEXT NOT NULL,
    deleted_at TEXT,
    position   REAL NOT NULL,
    -- Lower-cased words, each after one space: what `search` looks at.
    search     TEXT NOT NULL,
    doc        TEXT NOT NULL CHECK (json_valid(doc)),
    PRIMARY KEY (object, id)
);

-- Lists in id order, and counts, without opening a document.
CREATE INDEX record_alive ON record (object, deleted_at, id);
CREATE INDEX record_position ON record (object, position);
CREATE INDEX record_created ON record (object, json_extract(doc, '$.createdAt'));
CREATE INDEX record_updated ON record (object, json_extract(doc, '$.updatedAt'));
CREATE INDEX record_email ON record (object, json_extract(doc, '$.emails.primaryEmail'));
CREATE INDEX record_last_name ON record (object, json_extract(doc, '$.name.lastName'));
-- Text sorts without regard to case, which the comparing index above cannot serve.
CREATE INDEX record_last_name_order
    ON record (object, json_extract(doc, '$.name.lastName') COLLATE NOCASE, id);
CREATE INDEX record_first_name ON record (object, json_extract(doc, '$.name.firstName'));
CREATE INDEX record_domain ON record (object, json_extract(doc, '$.domainName.primaryLinkUrl'));
CREATE INDEX record_company ON record (object, json_extract(doc, '$.companyId'));
CREATE INDEX record_contact ON record (object, json_extract(doc, '$.pointOfContactId'));
CREATE INDEX record_task ON record (object, json_extract(doc, '$.taskId'));
CREATE INDEX record_note ON record (object, json_extract(doc, '$.noteId'));
CREATE INDEX record_target_person ON record (object, json_extract(doc, '$.targetPersonId'));
CREATE INDEX record_target_company ON record (object, json_extract(doc, '$.targetCompanyId'));
CREATE INDEX record_target_opportunity ON record (object, json_extract(doc, '$.targetOpportunityId'));

-- Uniqueness. Soft-deleted records keep their values; destroyed ones give them back.
CREATE TABLE unique_value (
    object TEXT NOT NULL,
    field  TEXT NOT NULL,
    value  TEXT NOT NULL,
    id     TEXT NOT NULL,
    PRIMARY KEY (object, field, value),
    FOREIGN KEY (object, id) REFERENCES record (object, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX unique_value_record ON unique_value (object, id);

-- Fields added through the metadata API.
CREATE TABLE custom_field (
    id     TEXT NOT NULL PRIMARY KEY,
    object TEXT NOT NULL,
    name   TEXT NOT NULL,
    doc    TEXT NOT NULL CHECK (json_valid(doc)),
    UNIQUE (object, name)
);
