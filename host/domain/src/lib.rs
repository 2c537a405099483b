//! Pure model: ids, CRM records, capabilities, rights, redaction. No I/O, no clock, no serde.
