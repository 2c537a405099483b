-- What the other side answered, of an effect that reached somebody outside the CRM: JSON.
ALTER TABLE plan_receipts ADD COLUMN answer TEXT    CHECK (octet_length(answer) BETWEEN 1 AND 32768);
