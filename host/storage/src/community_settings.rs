//! Communities' settings: versions of a document, only ever added to.

use crate::convert::{corrupt, decoded, moment};
use crate::database::{Database, on_pool};
use crate::dialect::{begin, commit_with};
use crate::error::storage;
use crate::versions::VersionRow;
use async_trait::async_trait;
use skillgate_app::digest;
use skillgate_app::ports::{
    AuditRecord, HISTORY_PAGE_MAX, InForce, SettingsInForce, SettingsStore, SettingsVersion,
    StorageError, VersionPut,
};
use skillgate_domain::ids::CommunityId;
use skillgate_domain::settings::CommunitySettings;
use skillgate_manifest::wire::{settings_from_json, settings_to_json};
use std::sync::Arc;

const INSERT: &str = "
    INSERT INTO community_settings (community, version, document, digest, put_by, put_at)
    VALUES ($1, $2, $3, $4, $5, $6)";
const NEWEST: &str = "
    SELECT version, digest, put_by, put_at, document FROM community_settings
    WHERE community = $1 ORDER BY version DESC LIMIT 1";
const BY_VERSION: &str = "
    SELECT version, digest, put_by, put_at, document FROM community_settings
    WHERE community = $1 AND version = $2";
const CHANGES: &str = "
    SELECT version, digest, put_by, put_at FROM community_settings
    WHERE community = $1 AND version < $2 ORDER BY version DESC LIMIT $3";

const TABLE: &str = "community_settings";

#[derive(sqlx::FromRow)]
struct SettingsRow {
    #[sqlx(flatten)]
    change: VersionRow,
    document: String,
}

impl SettingsRow {
    /// Reads a version, which its digest must agree with.
    fn read(self) -> Result<(VersionPut, CommunitySettings), StorageError> {
        let change = self.change.read(TABLE)?;
        let column = "community_settings.document";
        let document = serde_json::from_str(&self.document);
        let document = document.map_err(|_| corrupt(column, "no JSON"))?;
        let settings = decoded(column, settings_from_json(&document))?;
        if digest::settings(&settings) != change.digest {
            let column = "community_settings.digest";
            return Err(corrupt(column, "other settings' digest"));
        }
        Ok((change, settings))
    }
}

#[async_trait]
impl SettingsInForce for Database {
    async fn settings_in_force(&self, community: &CommunityId) -> Result<InForce, StorageError> {
        let read = async {
            let row: Option<SettingsRow> = on_pool!(self, pool => sqlx::query_as(NEWEST)
                .bind(community.as_str())
                .fetch_optional(pool).await)
            .map_err(storage)?;
            let Some(row) = row else {
                return Ok(Some(InForce::default()));
            };
            let (change, settings) = row.read()?;
            let settings = Arc::new(settings);
            let version = change.version;
            Ok(Some(InForce { version, settings }))
        };
        let in_force = self.still_so(&self.rights.settings, community.clone(), read);
        Ok(in_force.await?.unwrap_or_default())
    }
}

#[async_trait]
impl SettingsStore for Database {
    async fn settings_version(
        &self,
        community: &CommunityId,
        version: u32,
    ) -> Result<Option<SettingsVersion>, StorageError> {
        let row: Option<SettingsRow> = on_pool!(self, pool => sqlx::query_as(BY_VERSION)
            .bind(community.as_str())
            .bind(i64::from(version))
            .fetch_optional(pool).await)
        .map_err(storage)?;
        let version = row.map(|row| {
            let (change, settings) = row.read()?;
            let community = community.clone();
            Ok(SettingsVersion {
                community,
                change,
                settings,
            })
        });
        version.transpose()
    }

    async fn settings_changes(
        &self,
        community: &CommunityId,
        before: Option<u32>,
    ) -> Result<Vec<VersionPut>, StorageError> {
        let rows: Vec<VersionRow> = on_pool!(self, pool => sqlx::query_as(CHANGES)
            .bind(community.as_str())
            .bind(before.map_or(i64::MAX, i64::from))
            .bind(i64::from(HISTORY_PAGE_MAX))
            .fetch_all(pool).await)
        .map_err(storage)?;
        rows.into_iter().map(|row| row.read(TABLE)).collect()
    }

    async fn insert_settings(
        &self,
        version: &SettingsVersion,
        record: &AuditRecord,
    ) -> Result<(), StorageError> {
        let change = &version.change;
        let document = settings_to_json(&version.settings).to_string();
        let put_at = moment("community_settings.put_at", change.put_at)?;
        on_pool!(self, pool => {
            let mut transaction = begin(pool).await?;
            sqlx::query(INSERT)
                .bind(version.community.as_str())
                .bind(i64::from(change.version))
                .bind(&document)
                .bind(change.digest.to_string())
                .bind(change.put_by.as_str())
                .bind(put_at)
                .execute(&mut *transaction).await.map_err(storage)?;
            commit_with(transaction, record).await
        })
    }
}
