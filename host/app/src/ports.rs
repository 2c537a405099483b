//! What the use cases need from the world. Adapters implement these traits; the binary wires them.

mod audit;
mod communities;
mod counts;
mod crm;
mod events;
mod expansions;
mod http;
mod http_usage;
mod idempotency;
mod journals;
mod mail;
mod members;
mod meter;
mod notices;
mod offers;
mod partnerships;
mod planner;
mod plans;
mod policies;
mod relay;
mod sandbox;
mod scratch;
mod secrets;
mod settings;
mod state;
mod storage;
mod tez;
mod versions;
mod workspace;

pub use audit::{
    AUDIT_PAGE_MAX, AuditFilter, AuditRecord, AuditRow, AuditStore, Checkpoint, PendingWrite,
    TreeHead, WriteChange,
};
pub use communities::{CommunityPut, CommunityStore};
pub use counts::{ANSWERS_MAX, Answered, MoveCount, PartnershipCounts, Period, RelayCount};
pub use crm::{CHANGES_MAX, Changed, Crm, CrmError, Retry, UnavailableCause};
pub use events::{EventQuery, EventStore, Feed, RELAYED, Relayed, RelayedTo, Report};
pub use expansions::{
    DecisionPut, EXPANSION_PAGE_MAX, EXPANSIONS_OF_ASKER_MAX, EXPANSIONS_OF_TEZ_MAX, ExpansionPut,
    ExpansionStore,
};
pub use http::{ANSWER_MAX, FIRST_BYTE_MAX, HttpClient, HttpError, HttpPool, Outgoing};
pub use http_usage::{HttpBudget, HttpLimits, HttpUsage, HttpUsed};
pub use idempotency::{IdempotencyStore, KeptAnswer, KeyedBegin, KeyedRequest, KeyedState};
pub use journals::{JournalStore, KeptJournal};
pub use mail::{
    DueMail, Letter, MAILS_A_DAY_MAX, MailEnd, MailError, MailId, MailServer, Outbox, Tried,
};
pub use members::{MemberChange, MemberDecision, MemberStore};
pub use meter::{Meter, Unmetered};
pub use notices::{Notice, NoticeReader, NoticeRefusal, ReadNotice};
pub use offers::{OfferQuery, OfferStore, Offered};
pub use partnerships::{Begun, Group, Moved, PartnershipQuery, PartnershipStore, PastMove};
pub use planner::{
    PLANNED_TEXT_BYTES_MAX, PROMPT_BYTES_MAX, PlannedText, Planner, PlannerError, PlannerRequest,
};
pub use plans::{Claim, KeptPlan, OpenPlansMax, PlanInserted, PlanProgress, PlanStore};
pub use policies::{Policy, PolicyEffect, PolicyLanguage, PolicySet, PolicyStore, PolicyVersion};
pub use relay::{
    Contact, Delivery, FoundTez, KeptItem, KeptTez, MemberPut, RelayStore, TEAM_MEMBERS_MAX,
    TEAMS_MAX, THREAD_TEZ_MAX, Team, Unread,
};
pub use sandbox::{
    Inadmissible, RunFailure, Sandbox, SandboxCall, SandboxLimit, ToolError, ToolErrorCode,
};
pub use scratch::{
    PathFault, SCRATCH_DEPTH_MAX, SCRATCH_IO_BYTES_MAX, SCRATCH_NAME_BYTES_MAX,
    SCRATCH_PATH_BYTES_MAX, Scratch, ScratchEntry, ScratchError, ScratchKind, ScratchQuota,
    ScratchSpace,
};
pub use secrets::{
    SEALED_BYTES_MAX, SECRET_NAMES_MAX, SECRETS_PER_COMMUNITY_MAX, SealedSecret, SecretLine,
    SecretPut, SecretStore,
};
pub use settings::{InForce, SettingsInForce, SettingsStore, SettingsVersion, ShippedSettings};
pub use state::{
    Expect, STATE_PAGE_MAX, StateAccount, StateChange, StateLine, StatePresent, StateRefusal,
    StateStore, StateValue,
};
pub use storage::{PAGE_MAX, RightsInForce, Storage, StorageError, Submission, TokenRecord};
pub use tez::{
    RelayUser, STREAM_PAGE_MAX, SharedTez, Tez, TezError, TezHead, TezRelay, TezStreamQuery,
};
pub use versions::{HISTORY_PAGE_MAX, VersionPut};
pub use workspace::{WORKSPACE_PAYLOAD_BYTES_MAX, Workspace, WorkspaceDone, WorkspaceError};

use skillgate_domain::skill::{Finding, Skill};
use skillgate_domain::time::Timestamp;
use uuid::Uuid;

/// The time of day.
pub trait Clock: Send + Sync {
    /// Returns the current time.
    fn now(&self) -> Timestamp;
}

/// Ids and secrets nobody can guess.
pub trait Entropy: Send + Sync {
    /// Returns a new UUIDv7.
    fn uuid(&self) -> Uuid;

    /// Returns 256 random bits.
    fn secret(&self) -> [u8; 32];
}

/// Reads manifests.
pub trait Manifests: Send + Sync {
    /// Turns a manifest's text into a skill, or says everything that is wrong with it.
    fn read(&self, text: &str) -> Result<Skill, Vec<Finding>>;
}
