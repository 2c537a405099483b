use super::{AuditError, Refusal, Trail};
use crate::ports::{AUDIT_PAGE_MAX, AuditFilter, AuditRow, AuditStore, StorageError};
use skillgate_domain::audit::Target;
use skillgate_domain::principal::{Action, Principal, Role};
use std::sync::Arc;

/// Why the trail was not shown.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The role does not reach so far.
    #[error("a {} may not {}", .0.name(), .1.name())]
    Forbidden(Role, Action),
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

impl Refusal for QueryError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Forbidden(..) => Some("forbidden"),
            Self::Limit | Self::Storage(_) | Self::Audit(_) => None,
        }
    }
}

/// Shows an admin what happened in the community.
pub struct AuditQueries {
    store: Arc<dyn AuditStore>,
    trail: Trail,
}

impl AuditQueries {
    /// Wires the use case to its port.
    pub fn new(store: Arc<dyn AuditStore>, trail: Trail) -> Self {
        Self { store, trail }
    }

    /// Lists the records of the caller's community, newest first.
    pub async fn list(
        &self,
        caller: &Principal,
        filter: &AuditFilter,
        limit: u32,
    ) -> Result<Vec<AuditRow>, QueryError> {
        let permitted = permit(caller);
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
}

fn permit(caller: &Principal) -> Result<(), QueryError> {
    if caller.role.may(Action::ReadAudit) {
        Ok(())
    } else {
        Err(QueryError::Forbidden(caller.role, Action::ReadAudit))
    }
}
