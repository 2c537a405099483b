//! What has versions: who put each, and when.

use crate::convert::{checked, corrupt, digest, timestamp};
use chrono::{DateTime, Utc};
use skillgate_app::ports::{StorageError, VersionPut};
use skillgate_domain::ids::UserId;

/// The columns that a version has without what it says.
#[derive(sqlx::FromRow)]
pub(crate) struct VersionRow {
    version: i64,
    digest: String,
    put_by: String,
    put_at: DateTime<Utc>,
}

impl VersionRow {
    /// Reads a row of `table`.
    pub(crate) fn read(self, table: &str) -> Result<VersionPut, StorageError> {
        let column = |name: &str| format!("{table}.{name}");
        Ok(VersionPut {
            version: number(table, self.version)?,
            digest: digest(&column("digest"), &self.digest)?,
            put_by: checked(&column("put_by"), UserId::parse(&self.put_by))?,
            put_at: timestamp(self.put_at),
        })
    }
}

/// Reads the number of a version.
pub(crate) fn number(table: &str, version: i64) -> Result<u32, StorageError> {
    u32::try_from(version).map_err(|_| corrupt(&format!("{table}.version"), "out of range"))
}
