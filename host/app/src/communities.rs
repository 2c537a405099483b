//! What others see of a community: said by its admins, and looked up by its own people.

mod names;
mod search;

pub use names::Rank;
pub use search::{Found, FoundPage, QUERY_CHARS_MAX, QUERY_CHARS_MIN, SEARCH_PAGE, Search};

use crate::access::{Access, AccessError};
use crate::audit::{self, AuditError, Trail};
use crate::ports::{CommunityPut, CommunityStore, PAGE_MAX, PartnershipStore, StorageError};
use names::Names;
use skillgate_domain::audit::{Actor, Facts, Target};
use skillgate_domain::community::{Community, Description, NotADescription};
use skillgate_domain::ids::{CommunityId, Malformed, ShortId};
use skillgate_domain::policy::{Refusal, Resource, ResourceKind};
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::tez::{DisplayName, NotAName};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Communities that are spoken of, by their ids.
pub type Known = BTreeMap<CommunityId, Community>;

/// Finds communities that are spoken of, as many as there are.
pub(crate) async fn known<'a>(
    store: &dyn CommunityStore,
    ids: impl IntoIterator<Item = &'a CommunityId>,
) -> Result<Known, StorageError> {
    let ids: BTreeSet<&CommunityId> = ids.into_iter().collect();
    let ids: Vec<&CommunityId> = ids.into_iter().collect();
    let mut known = Known::new();
    for some in ids.chunks(PAGE_MAX as usize) {
        let found = store.communities(some).await?;
        known.extend(found.into_iter().map(|it| (it.id.clone(), it)));
    }
    Ok(known)
}

/// Why nothing was done with what others see of a community.
#[derive(Debug, thiserror::Error)]
pub enum CommunityError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(Refusal),
    /// No such community, or not the caller's.
    #[error("there is no such community")]
    NotFound,
    /// A text is none that a community can have.
    #[error("{0}")]
    Invalid(String),
    /// The community is here already.
    #[error("the community is registered already; change what others see of it instead")]
    Present,
    /// Somebody else changed it since the caller looked.
    #[error("somebody else changed it at the same moment; look again")]
    Changed,
    /// Another community has the short id.
    #[error("another community has this short id; choose another one")]
    ShortIdTaken,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It could not be recorded, so it did not happen.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl audit::Refusal for CommunityError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Forbidden(_) => Some("forbidden"),
            Self::NotFound => Some("community-not-found"),
            Self::Invalid(_) => Some("community-invalid"),
            Self::Present => Some("community-present"),
            Self::Changed => Some("community-changed"),
            Self::ShortIdTaken => Some("short-id-taken"),
            Self::Storage(_) | Self::Audit(_) => None,
        }
    }
}

impl From<AccessError> for CommunityError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(refusal) => Self::Forbidden(refusal),
            AccessError::Storage(error) => Self::Storage(error),
        }
    }
}

impl From<NotAName> for CommunityError {
    fn from(fault: NotAName) -> Self {
        Self::Invalid(fault.to_string())
    }
}

impl From<NotADescription> for CommunityError {
    fn from(fault: NotADescription) -> Self {
        Self::Invalid(fault.to_string())
    }
}

impl From<Malformed> for CommunityError {
    fn from(fault: Malformed) -> Self {
        Self::Invalid(fault.to_string())
    }
}

/// What an admin says of the community.
#[derive(Debug, Clone, Copy)]
pub struct NewCommunity<'a> {
    /// How it is called.
    pub name: &'a str,
    /// A name that people can type.
    pub short_id: &'a str,
    /// What it says of itself.
    pub description: Option<&'a str>,
}

/// What an admin says anew. What is absent stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct CommunityChange<'a> {
    /// How it is called.
    pub name: Option<&'a str>,
    /// A name that people can type.
    pub short_id: Option<&'a str>,
    /// What it says of itself.
    pub description: Said<'a>,
}

/// What is said anew of a text that may be absent.
#[derive(Debug, Clone, Copy, Default)]
pub enum Said<'a> {
    /// Nothing: it stays.
    #[default]
    Nothing,
    /// It is taken away.
    Gone,
    /// This, from now on.
    Text(&'a str),
}

/// The use cases of what others see of a community.
pub struct Communities {
    access: Arc<Access>,
    store: Arc<dyn CommunityStore>,
    partnerships: Arc<dyn PartnershipStore>,
    names: Names,
    trail: Trail,
}

impl Communities {
    /// Wires the use cases to their ports.
    pub fn new(
        access: Arc<Access>,
        store: Arc<dyn CommunityStore>,
        partnerships: Arc<dyn PartnershipStore>,
        trail: Trail,
    ) -> Self {
        Self {
            access,
            store,
            partnerships,
            names: Names::default(),
            trail,
        }
    }

    /// Registers the caller's own community, so that others can find it and invite it.
    pub async fn register(
        &self,
        caller: &Principal,
        said: NewCommunity<'_>,
    ) -> Result<Community, CommunityError> {
        let done = self.register_if_allowed(caller, said).await;
        self.recorded(caller, Action::PutCommunity, done).await
    }

    async fn register_if_allowed(
        &self,
        caller: &Principal,
        said: NewCommunity<'_>,
    ) -> Result<Community, CommunityError> {
        self.permit(caller, Action::PutCommunity).await?;
        let now = self.trail.clock().now();
        let community = Community {
            id: caller.community.clone(),
            name: DisplayName::parse(said.name)?,
            short_id: ShortId::parse(said.short_id)?,
            description: said.description.map(Description::parse).transpose()?,
            members: 0,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        match self.put(caller, &community).await {
            Err(CommunityError::Changed) => Err(CommunityError::Present),
            done => done.map(|()| community),
        }
    }

    /// Changes what others see of the caller's own community.
    pub async fn change(
        &self,
        caller: &Principal,
        id: &CommunityId,
        said: CommunityChange<'_>,
    ) -> Result<Community, CommunityError> {
        let done = self.change_if_allowed(caller, id, said).await;
        self.recorded(caller, Action::PutCommunity, done).await
    }

    async fn change_if_allowed(
        &self,
        caller: &Principal,
        id: &CommunityId,
        said: CommunityChange<'_>,
    ) -> Result<Community, CommunityError> {
        let present = self.own(caller, id, Action::PutCommunity).await?;
        let community = Community {
            name: said.name.map_or(Ok(present.name), DisplayName::parse)?,
            short_id: said.short_id.map_or(Ok(present.short_id), ShortId::parse)?,
            description: match said.description {
                Said::Nothing => present.description,
                Said::Gone => None,
                Said::Text(text) => Some(Description::parse(text)?),
            },
            version: present.version.saturating_add(1),
            updated_at: self.trail.clock().now(),
            ..present
        };
        self.put(caller, &community).await?;
        Ok(community)
    }

    /// Shows the caller's own community.
    pub async fn show(
        &self,
        caller: &Principal,
        id: &CommunityId,
    ) -> Result<Community, CommunityError> {
        let action = Action::ShowCommunity;
        let found = self.own(caller, id, action).await;
        self.recorded(caller, action, found).await
    }

    /// Nothing is said of another's community, not even whether there is one.
    async fn own(
        &self,
        caller: &Principal,
        id: &CommunityId,
        action: Action,
    ) -> Result<Community, CommunityError> {
        if *id != caller.community {
            return Err(CommunityError::NotFound);
        }
        self.permit(caller, action).await?;
        let found = self.store.community(id).await?;
        found.ok_or(CommunityError::NotFound)
    }

    async fn put(&self, caller: &Principal, community: &Community) -> Result<(), CommunityError> {
        let actor = Actor::Caller(Box::new(caller.clone()));
        let (action, target) = (Action::PutCommunity, Target::Community);
        let change = self
            .trail
            .change(actor, &community.id, action, target, Facts::None);
        match self.store.put_community(community, &change).await? {
            CommunityPut::Kept => Ok(()),
            CommunityPut::Changed => Err(CommunityError::Changed),
            CommunityPut::ShortIdTaken => Err(CommunityError::ShortIdTaken),
        }
    }

    async fn permit(&self, caller: &Principal, action: Action) -> Result<(), CommunityError> {
        let resource = Resource::of(&caller.community, ResourceKind::Community);
        Ok(self.access.permit(caller, action, &resource).await?)
    }

    async fn recorded<T>(
        &self,
        caller: &Principal,
        action: Action,
        done: Result<T, CommunityError>,
    ) -> Result<T, CommunityError> {
        let target = Target::Community;
        self.trail.refusal(caller, action, target, &done).await?;
        done
    }
}
