//! What the host is connected to, for those who set it up and for clients that ask what they can offer.

use crate::access::{Access, AccessError};
use crate::audit::{self, AuditError, Trail};
use crate::ports::{Crm, Planner, PlannerError, StorageError, Workspace, WorkspaceError};
use skillgate_domain::audit::Target;
use skillgate_domain::policy::{Refusal, Resource, ResourceKind};
use skillgate_domain::principal::{Action, Principal};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Longest wait for one thing that the host is connected to.
pub const CHECK_MAX: Duration = Duration::from_secs(5);

/// Something the host is connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integration {
    /// The CRM.
    Twenty,
    /// The agent that plans.
    Openclaw,
    /// Mailbox and calendar.
    PaWorkspace,
}

impl Integration {
    /// Finds one by the name that clients use.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "twenty" => Some(Self::Twenty),
            "openclaw" => Some(Self::Openclaw),
            "paWorkspace" => Some(Self::PaWorkspace),
            _ => None,
        }
    }
}

/// Whether it is there and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is set.
    NotConfigured,
    /// It answers, and accepts our credential.
    Reachable,
    /// It does not. A stable code of ours.
    Unreachable(&'static str),
}

/// Where the CRM is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CrmPlace {
    /// In this process.
    Embedded,
    /// At an address.
    Remote(String),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum IntegrationError {
    /// The caller may not.
    #[error(transparent)]
    Forbidden(Refusal),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The refusal could not be recorded.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl From<AccessError> for IntegrationError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Refused(refusal) => Self::Forbidden(refusal),
            AccessError::Storage(error) => Self::Storage(error),
        }
    }
}

impl audit::Refusal for IntegrationError {
    fn code(&self) -> Option<&'static str> {
        matches!(self, Self::Forbidden(_)).then_some("forbidden")
    }
}

/// What the host is connected to.
pub struct Integrations {
    access: Arc<Access>,
    trail: Trail,
    crm: Arc<dyn Crm>,
    crm_place: CrmPlace,
    planner: Option<(Arc<dyn Planner>, String)>,
    workspace: Option<Arc<dyn Workspace>>,
}

impl Integrations {
    /// Wires the use case to its ports.
    pub fn new(access: Arc<Access>, trail: Trail, crm: Arc<dyn Crm>, crm_place: CrmPlace) -> Self {
        Self {
            access,
            trail,
            crm,
            crm_place,
            planner: None,
            workspace: None,
        }
    }

    /// Adds an agent that plans, and where it is.
    #[must_use]
    pub fn with_planner(self, planner: Arc<dyn Planner>, address: String) -> Self {
        let planner = Some((planner, address));
        Self { planner, ..self }
    }

    /// Adds a workspace.
    #[must_use]
    pub fn with_workspace(self, workspace: Arc<dyn Workspace>) -> Self {
        let workspace = Some(workspace);
        Self { workspace, ..self }
    }

    /// Returns where the CRM is.
    pub const fn crm_place(&self) -> &CrmPlace {
        &self.crm_place
    }

    /// Returns where the agent that plans is.
    pub fn planner_address(&self) -> Option<&str> {
        self.planner.as_ref().map(|(_, address)| address.as_str())
    }

    /// Asks whether the caller may know any of it.
    pub async fn permit(&self, caller: &Principal) -> Result<(), IntegrationError> {
        let community = Resource::of(&caller.community, ResourceKind::Community);
        let permitted = self
            .access
            .permit(caller, Action::ShowIntegrations, &community);
        let permitted = permitted.await.map_err(IntegrationError::from);
        self.trail
            .refusal(
                caller,
                Action::ShowIntegrations,
                Target::Community,
                &permitted,
            )
            .await?;
        permitted
    }

    /// Looks whether something answers.
    pub async fn check(&self, integration: Integration) -> Standing {
        let found = timeout(CHECK_MAX, async {
            match integration {
                Integration::Twenty => told(self.crm.check().await.map_err(|e| e.code())),
                Integration::Openclaw => match &self.planner {
                    Some((planner, _)) => told(planner.check().await.map_err(PlannerError::code)),
                    None => Standing::NotConfigured,
                },
                Integration::PaWorkspace => match &self.workspace {
                    Some(workspace) => told(workspace.check().await.map_err(WorkspaceError::code)),
                    None => Standing::NotConfigured,
                },
            }
        });
        found
            .await
            .unwrap_or(Standing::Unreachable("no-answer-in-time"))
    }
}

const fn told(found: Result<(), &'static str>) -> Standing {
    match found {
        Ok(()) => Standing::Reachable,
        Err(code) => Standing::Unreachable(code),
    }
}
