use super::{AuditError, Trail};
use crate::access::{Access, AccessError};
use crate::ports::{AUDIT_PAGE_MAX, AuditFilter, AuditRow, AuditStore, StorageError};
use skillgate_domain::audit::Target;
use skillgate_domain::policy::{Refusal, Resource, ResourceKind};
use skillgate_domain::principal::{Action, Principal};
use std::sync::Arc;

/// Why the trail was not shown.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(Refusal),
    /// A page of no or of too many records.
    #[error("a page has 1 to {AUDIT_PAGE_MAX} records")]
    Limit,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The refusal could not be recorded.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl super::Refusal for QueryError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Forbidden(_) => Some("forbidden"),
            Self::Limit | Self::Storage(_) | Self::Audit(_) => None,
        }
    }
}

impl From<AccessError> for QueryError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(refusal) => Self::Forbidden(refusal),
            AccessError::Storage(error) => Self::Storage(error),
        }
    }
}

/// Shows an admin what happened in the community.
pub struct AuditQueries {
    store: Arc<dyn AuditStore>,
    access: Arc<Access>,
    trail: Trail,
}

impl AuditQueries {
    /// Wires the use case to its ports.
    pub fn new(store: Arc<dyn AuditStore>, access: Arc<Access>, trail: Trail) -> Self {
        Self {
            store,
            access,
            trail,
        }
    }

    /// Lists the records of the caller's community, newest first.
    pub async fn list(
        &self,
        caller: &Principal,
        filter: &AuditFilter,
        limit: u32,
    ) -> Result<Vec<AuditRow>, QueryError> {
        let permitted = self.permit(caller).await;
        self.trail
            .refusal(caller, Action::ReadAudit, Target::Community, &permitted)
            .await?;
        permitted?;
        if !(1..=AUDIT_PAGE_MAX).contains(&limit) {
            return Err(QueryError::Limit);
        }
        let page = self.store.audit_page(&caller.community, filter, limit);
        Ok(page.await?)
    }

    async fn permit(&self, caller: &Principal) -> Result<(), QueryError> {
        let log = Resource::of(&caller.community, ResourceKind::AuditLog);
        let answer = self.access.permit(caller, Action::ReadAudit, &log).await;
        Ok(answer?)
    }
}
