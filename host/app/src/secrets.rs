//! Secrets that skills use and never see: given and taken by admins, opened for a request and for nothing else.
//!
//! Invariant: a secret leaves here in an [`OpenSecret`] only, which shows it to nobody; no list, record or error
//! holds it.

mod error;

pub use error::SecretsError;

use crate::access::Access;
use crate::audit::Trail;
use crate::cache::Cache;
use crate::credentials::{self, NONCE_BYTES, Parts, SealingKey, Traces, inject};
use crate::ports::{
    Clock, Entropy, SealedSecret, SecretLine, SecretPut, SecretStore, StorageError,
};
use secrecy::{ExposeSecret, SecretString};
use skillgate_domain::audit::{Actor, Facts, SecretFacts, Target};
use skillgate_domain::egress::Place;
use skillgate_domain::ids::{CommunityId, CredentialName, SkillName};
use skillgate_domain::policy::{Resource, ResourceKind};
use skillgate_domain::principal::{Action, Principal};
use std::fmt;
use std::sync::Arc;

/// Most secrets that are kept open. The others are opened anew for each request.
pub const OPEN_SECRETS_MAX: usize = 256;

/// Which secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SecretId {
    /// Whose.
    pub community: CommunityId,
    /// The skill that may use it.
    pub skill: SkillName,
    /// The name under which its manifest asks for it.
    pub name: CredentialName,
}

/// Whether there is one already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Giving {
    /// There is none.
    New,
    /// There is one, which this replaces.
    Rotation,
}

/// A secret that is ready for use.
pub struct OpenSecret {
    secret: SecretString,
    traces: Traces,
}

impl fmt::Debug for OpenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OpenSecret(..)")
    }
}

/// Why a request does not leave with its credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// The module wrote the secret itself.
    #[error(transparent)]
    Leak(#[from] credentials::Leak),
    /// It has no place in the request.
    #[error(transparent)]
    Place(#[from] credentials::InjectError),
    /// Parts of an answer could hold parts of the secret.
    #[error("a request with a credential asks for no range of an answer")]
    Range,
}

impl Unfit {
    /// Returns a stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Leak(leak) => leak.code(),
            Self::Place(error) => error.code(),
            Self::Range => "credential-with-range",
        }
    }
}

impl OpenSecret {
    /// Puts the secret into a request of a module that does not know it.
    pub fn put_into(&self, place: &Place, parts: &mut Parts) -> Result<(), Unfit> {
        let mut names = parts.headers.iter().map(|(name, _)| name);
        if names.any(|name| name.eq_ignore_ascii_case("range")) {
            return Err(Unfit::Range);
        }
        credentials::check(&self.traces, parts)?;
        Ok(inject(place, &self.secret, parts)?)
    }

    /// Returns what takes it out of answers.
    pub const fn traces(&self) -> &Traces {
        &self.traces
    }
}

/// The use cases of secrets.
pub struct Secrets {
    store: Arc<dyn SecretStore>,
    access: Arc<Access>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    trail: Trail,
    key: SealingKey,
    /// With the version that each is of.
    open: Cache<SecretId, (u32, Arc<OpenSecret>)>,
}

impl Secrets {
    /// Wires the use cases to their ports. Secrets are sealed under `key`.
    pub fn new(
        store: Arc<dyn SecretStore>,
        access: Arc<Access>,
        (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>),
        trail: Trail,
        key: SealingKey,
    ) -> Self {
        Self {
            store,
            access,
            clock,
            entropy,
            trail,
            key,
            open: Cache::new(OPEN_SECRETS_MAX),
        }
    }

    /// Gives a skill of the caller's community a secret. It holds from its next request on.
    pub async fn put(
        &self,
        caller: &Principal,
        (skill, name): (&SkillName, &CredentialName),
        text: SecretString,
        giving: Giving,
    ) -> Result<SecretLine, SecretsError> {
        let id = of(caller, skill, name);
        let done = self.put_if_allowed(caller, id, text, giving).await;
        self.recorded(caller, Action::PutSecret, skill, done).await
    }

    async fn put_if_allowed(
        &self,
        caller: &Principal,
        id: SecretId,
        text: SecretString,
        giving: Giving,
    ) -> Result<SecretLine, SecretsError> {
        self.ask(caller, Action::PutSecret, &id.skill).await?;
        let secret = credentials::secret(text.expose_secret().to_owned())?;
        let present = self.find(&id).await?;
        match giving {
            Giving::New if present.is_some() => return Err(SecretsError::Present),
            Giving::Rotation if present.is_none() => return Err(SecretsError::NotFound),
            Giving::New | Giving::Rotation => {}
        }
        let SecretId {
            community,
            skill,
            name,
        } = &id;
        // A removed one leaves its version behind.
        let before = match present {
            Some(present) => present.version,
            None => self.store.secret_version(community, skill, name).await?,
        };
        let version = before.checked_add(1).ok_or(SecretsError::Full)?;
        let sealed = SealedSecret {
            sealed: self.seal(&id, version, &secret),
            community: id.community,
            skill: id.skill,
            name: id.name,
            version,
            put_by: caller.user.clone(),
            put_at: self.clock.now(),
        };
        let record = self.change(
            caller,
            Action::PutSecret,
            &sealed.skill,
            &sealed.name,
            version,
        );
        match self.store.put_secret(&sealed, &record).await {
            Ok(SecretPut::Kept) => Ok(line(sealed)),
            Ok(SecretPut::Full) => Err(SecretsError::Full),
            Err(StorageError::Conflict) => Err(SecretsError::Changed),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes a secret back. Requests that need it fail from the next one on.
    pub async fn remove(
        &self,
        caller: &Principal,
        (skill, name): (&SkillName, &CredentialName),
    ) -> Result<(), SecretsError> {
        let done = self.remove_if_allowed(caller, skill, name).await;
        self.recorded(caller, Action::RemoveSecret, skill, done)
            .await
    }

    async fn remove_if_allowed(
        &self,
        caller: &Principal,
        skill: &SkillName,
        name: &CredentialName,
    ) -> Result<(), SecretsError> {
        self.ask(caller, Action::RemoveSecret, skill).await?;
        let community = &caller.community;
        let version = self.store.secret_version(community, skill, name).await?;
        let record = self.change(caller, Action::RemoveSecret, skill, name, version);
        let (now, by) = (self.clock.now(), &caller.user);
        let removed = self
            .store
            .remove_secret(community, skill, name, now, by, &record);
        removed.await?.then_some(()).ok_or(SecretsError::NotFound)
    }

    /// Lists the secrets of the caller's community, or of one skill, by skill and name; those behind `after`.
    /// Never what they are.
    pub async fn list(
        &self,
        caller: &Principal,
        skill: Option<&SkillName>,
        after: Option<(&SkillName, &CredentialName)>,
    ) -> Result<Vec<SecretLine>, SecretsError> {
        let community = Resource::of(&caller.community, ResourceKind::Community);
        let permitted = self
            .access
            .permit(caller, Action::ListSecrets, &community)
            .await;
        let permitted = permitted.map_err(SecretsError::from);
        self.trail
            .refusal(caller, Action::ListSecrets, Target::Community, &permitted)
            .await?;
        permitted?;
        Ok(self.store.secrets(&caller.community, skill, after).await?)
    }

    /// Opens a secret for a request; nothing where none was given.
    pub(crate) async fn opened(
        &self,
        id: SecretId,
    ) -> Result<Option<Arc<OpenSecret>>, SecretsError> {
        let Some(kept) = self.find(&id).await? else {
            self.open.remove(&id);
            return Ok(None);
        };
        if let Some((version, open)) = self.open.get(&id)
            && version == kept.version
        {
            return Ok(Some(open));
        }
        let bound = bound_to(&id, &kept.version.to_be_bytes());
        let secret = self
            .key
            .open(&bound.each_ref().map(Vec::as_slice), &kept.sealed)?;
        let traces = Traces::of(&secret);
        let open = Arc::new(OpenSecret { secret, traces });
        self.open.insert(id, (kept.version, Arc::clone(&open)));
        Ok(Some(open))
    }

    async fn find(&self, id: &SecretId) -> Result<Option<SealedSecret>, StorageError> {
        self.store.secret(&id.community, &id.skill, &id.name).await
    }

    fn seal(&self, id: &SecretId, version: u32, secret: &SecretString) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        nonce.copy_from_slice(&self.entropy.secret()[..NONCE_BYTES]);
        let bound = bound_to(id, &version.to_be_bytes());
        self.key
            .seal(nonce, &bound.each_ref().map(Vec::as_slice), secret)
    }

    async fn ask(
        &self,
        caller: &Principal,
        action: Action,
        skill: &SkillName,
    ) -> Result<(), SecretsError> {
        let kind = ResourceKind::Skill(skill.clone());
        let resource = Resource::of(&caller.community, kind);
        Ok(self.access.permit(caller, action, &resource).await?)
    }

    /// Records a refusal before it is answered.
    async fn recorded<T>(
        &self,
        caller: &Principal,
        action: Action,
        skill: &SkillName,
        done: Result<T, SecretsError>,
    ) -> Result<T, SecretsError> {
        let target = Target::Skill(skill.clone());
        self.trail.refusal(caller, action, target, &done).await?;
        done
    }

    fn change(
        &self,
        caller: &Principal,
        action: Action,
        skill: &SkillName,
        name: &CredentialName,
        version: u32,
    ) -> crate::ports::AuditRecord {
        let facts = Facts::Secret(SecretFacts {
            name: name.clone(),
            version,
        });
        let actor = Actor::Caller(Box::new(caller.clone()));
        let target = Target::Skill(skill.clone());
        self.trail
            .change(actor, &caller.community, action, target, facts)
    }
}

fn of(caller: &Principal, skill: &SkillName, name: &CredentialName) -> SecretId {
    SecretId {
        community: caller.community.clone(),
        skill: skill.clone(),
        name: name.clone(),
    }
}

/// A row that is moved elsewhere does not open.
fn bound_to(id: &SecretId, version: &[u8]) -> [Vec<u8>; 4] {
    let texts = [id.community.as_str(), id.skill.as_str(), id.name.as_str()];
    let [community, skill, name] = texts.map(|text| text.as_bytes().to_vec());
    [community, skill, name, version.to_vec()]
}

fn line(kept: SealedSecret) -> SecretLine {
    SecretLine {
        skill: kept.skill,
        name: kept.name,
        version: kept.version,
        put_by: kept.put_by,
        put_at: kept.put_at,
    }
}

#[cfg(test)]
mod tests;
