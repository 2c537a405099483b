//! A small CRM on SQLite that answers in Twenty's REST and GraphQL dialect: the embedded default.
