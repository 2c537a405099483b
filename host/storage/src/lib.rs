//! Persistence on SQLite (embedded default) and PostgreSQL, behind the ports of the application.
