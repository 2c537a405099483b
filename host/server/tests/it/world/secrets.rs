//! Secrets kept in memory, and a client that says where nothing is sent.

use super::{Counted, FakeStorage, SetClock};
use async_trait::async_trait;
use secrecy::SecretString;
use skillgate_app::access::Access;
use skillgate_app::audit::Trail;
use skillgate_app::credentials::SealingKey;
use skillgate_app::modules::Modules;
use skillgate_app::ports::{
    AuditRecord, HttpClient, HttpError, HttpPool, Outgoing, PAGE_MAX, SealedSecret, SecretLine,
    SecretPut, SecretStore, StorageError,
};
use skillgate_app::secrets::Secrets;
use skillgate_app::ways_out::WaysOut;
use skillgate_domain::egress::{Response, Target};
use skillgate_domain::ids::{CommunityId, CredentialName, SkillName, UserId};
use skillgate_domain::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// By community, skill and name; without the secret, where it was removed.
pub(super) type Kept =
    BTreeMap<(CommunityId, SkillName, CredentialName), (u32, Option<SealedSecret>)>;

#[async_trait]
impl SecretStore for FakeStorage {
    async fn put_secret(
        &self,
        secret: &SealedSecret,
        change: &AuditRecord,
    ) -> Result<SecretPut, StorageError> {
        let of = (
            secret.community.clone(),
            secret.skill.clone(),
            secret.name.clone(),
        );
        let present = self
            .secrets
            .lock()
            .unwrap()
            .get(&of)
            .map_or(0, |kept| kept.0);
        if secret.version != present + 1 {
            return Err(StorageError::Conflict);
        }
        self.recorded(change).await?;
        let next = (secret.version, Some(secret.clone()));
        self.secrets.lock().unwrap().insert(of, next);
        Ok(SecretPut::Kept)
    }

    async fn remove_secret(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        name: &CredentialName,
        _: Timestamp,
        _: &UserId,
        change: &AuditRecord,
    ) -> Result<bool, StorageError> {
        let present = self.secret(community, skill, name).await?;
        if present.is_none() {
            return Ok(false);
        }
        self.recorded(change).await?;
        let of = (community.clone(), skill.clone(), name.clone());
        let mut kept = self.secrets.lock().unwrap();
        let gone = kept.get_mut(&of).and_then(|kept| kept.1.take());
        Ok(gone.is_some())
    }

    async fn secret(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        name: &CredentialName,
    ) -> Result<Option<SealedSecret>, StorageError> {
        self.works()?;
        let of = (community.clone(), skill.clone(), name.clone());
        let kept = self.secrets.lock().unwrap();
        Ok(kept.get(&of).and_then(|kept| kept.1.clone()))
    }

    async fn secrets(
        &self,
        community: &CommunityId,
        skill: Option<&SkillName>,
        after: Option<(&SkillName, &CredentialName)>,
    ) -> Result<Vec<SecretLine>, StorageError> {
        self.works()?;
        let kept = self.secrets.lock().unwrap();
        let present = kept.values().filter_map(|kept| kept.1.as_ref());
        let asked = present.filter(|kept| {
            kept.community == *community
                && skill.is_none_or(|skill| kept.skill == *skill)
                && after.is_none_or(|after| (&kept.skill, &kept.name) > after)
        });
        let lines = asked.map(|kept| SecretLine {
            skill: kept.skill.clone(),
            name: kept.name.clone(),
            version: kept.version,
            put_by: kept.put_by.clone(),
            put_at: kept.put_at,
        });
        Ok(lines.take(PAGE_MAX as usize).collect())
    }

    async fn secret_version(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        name: &CredentialName,
    ) -> Result<u32, StorageError> {
        let of = (community.clone(), skill.clone(), name.clone());
        Ok(self
            .secrets
            .lock()
            .unwrap()
            .get(&of)
            .map_or(0, |kept| kept.0))
    }
}

/// Knows one private address, and sends nothing.
struct Unconnected;

#[async_trait]
impl HttpClient for Unconnected {
    async fn send(&self, _: &HttpPool, _: Outgoing, _: usize) -> Result<Response, HttpError> {
        Err(HttpError::Connect)
    }

    async fn judge(&self, target: &Target) -> Result<(), HttpError> {
        match target.host.to_string().as_str() {
            "10.0.0.1" => Err(HttpError::AddressRefused("private use")),
            _ => Ok(()),
        }
    }
}

pub(super) fn secrets(
    (storage, access): (&Arc<FakeStorage>, &Arc<Access>),
    (clock, entropy): (&Arc<SetClock>, &Arc<Counted>),
    trail: &Trail,
) -> Secrets {
    let key = SecretString::from("07".repeat(32));
    let key = SealingKey::parse(&key).unwrap();
    let world = (clock.clone() as Arc<_>, entropy.clone() as Arc<_>);
    Secrets::new(storage.clone(), access.clone(), world, trail.clone(), key)
}

pub(super) fn ways_out(modules: &Arc<Modules>) -> WaysOut {
    WaysOut::new(modules.clone(), Arc::new(Unconnected))
}
