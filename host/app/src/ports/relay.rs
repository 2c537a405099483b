use super::{AuditRecord, StorageError, TezHead};
use async_trait::async_trait;
use skillgate_domain::ids::{CommunityId, ContextId, TeamId, TezAddress, TezId, UserId};
use skillgate_domain::tez::{ContextItem, DisplayName, Redaction, TeamRole, TezStatus};
use skillgate_domain::time::Timestamp;

/// Most teams of a community.
pub const TEAMS_MAX: u32 = 1_000;
/// Most members of a team.
pub const TEAM_MEMBERS_MAX: u32 = 500;
/// Most Tez of a thread: it is shown whole.
pub const THREAD_TEZ_MAX: u32 = 200;

/// Some people of a community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Whose it is.
    pub community: CommunityId,
    /// How it is called.
    pub name: DisplayName,
    /// Who made it, and is its first owner.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
}

/// How somebody is called at the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The tenant.
    pub community: CommunityId,
    /// The person.
    pub user: UserId,
    /// The name to show.
    pub name: DisplayName,
    /// An e-mail address.
    pub email: Option<String>,
    /// When the person registered first.
    pub registered_at: Timestamp,
    /// When the person registered last.
    pub updated_at: Timestamp,
}

/// An item of context with its place in the relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptItem {
    /// Its id.
    pub id: ContextId,
    /// What it says.
    pub item: ContextItem,
    /// Who put it there.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// That it was taken out, where it was. It then says
    /// [`REDACTED`](skillgate_domain::tez::REDACTED).
    pub redaction: Option<Redaction>,
}

/// One recipient of a Tez.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// To whom.
    pub address: TezAddress,
    /// When it was there to be read; never for an address at another relay, which nothing carries it to.
    pub delivered_at: Option<Timestamp>,
    /// When it was read first.
    pub read_at: Option<Timestamp>,
}

/// A Tez as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTez {
    /// The message.
    pub head: TezHead,
    /// What it rests on, in its order.
    pub context: Vec<KeptItem>,
    /// To whom it went, in their order.
    pub recipients: Vec<Delivery>,
}

/// A Tez, and what its reader is to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTez {
    /// The Tez.
    pub tez: KeptTez,
    /// What the reader is in its team.
    pub role: Option<TeamRole>,
    /// When the reader read it first.
    pub read_at: Option<Timestamp>,
}

/// Tez of a team that somebody has not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread {
    /// The team.
    pub team: TeamId,
    /// How many.
    pub count: u64,
}

/// What came of putting somebody into a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberPut {
    /// The person is in the team, as what was asked.
    Put,
    /// The person was that already; nothing changed.
    AlreadySo,
    /// The person is an owner, and stays one.
    StaysOwner,
    /// The team has [`TEAM_MEMBERS_MAX`] members.
    Full,
}

/// What the embedded relay keeps. Each method is one transaction, and a change takes its record of the
/// audit trail with it.
///
/// Everything is looked up within a community; what belongs to another is absent. What of it somebody
/// may see is the use case's to say, except for lists: those hold what
/// [`shows_to`](skillgate_domain::tez::Visibility::shows_to) lets through.
#[async_trait]
pub trait RelayStore: Send + Sync {
    /// Keeps how somebody is called, in the place of what was kept before. Returns it with the time of
    /// the first registration.
    async fn put_contact(
        &self,
        contact: &Contact,
        change: &AuditRecord,
    ) -> Result<Contact, StorageError>;

    /// Keeps a team with its maker as owner, unless the community has [`TEAMS_MAX`]. Returns whether it
    /// was kept.
    async fn insert_team(&self, team: &Team, change: &AuditRecord) -> Result<bool, StorageError>;

    /// Tells what somebody is in a team, where there is such a team.
    async fn team_role(
        &self,
        community: &CommunityId,
        team: TeamId,
        user: &UserId,
    ) -> Result<Option<Option<TeamRole>>, StorageError>;

    /// Puts somebody into a team of the community, or gives a member another role.
    async fn put_member(
        &self,
        team: TeamId,
        user: &UserId,
        role: TeamRole,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<MemberPut, StorageError>;

    /// Keeps a Tez, unless its thread has [`THREAD_TEZ_MAX`]. Returns whether it was kept. One of the
    /// same id, in whatever community, is a [`StorageError::Conflict`].
    async fn insert_tez(
        &self,
        community: &CommunityId,
        tez: &KeptTez,
        change: &AuditRecord,
    ) -> Result<bool, StorageError>;

    /// Finds a Tez, whatever its status and whoever may see it.
    async fn find_tez(
        &self,
        community: &CommunityId,
        id: TezId,
        reader: &UserId,
    ) -> Result<Option<FoundTez>, StorageError>;

    /// Marks a Tez read by somebody, unless it is. Returns whether it was not.
    async fn mark_tez_read(
        &self,
        id: TezId,
        reader: &UserId,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError>;

    /// Lists a thread's Tez that the reader may see and that were not taken back, oldest first.
    async fn tez_thread(
        &self,
        community: &CommunityId,
        thread: TezId,
        reader: &UserId,
    ) -> Result<Vec<TezHead>, StorageError>;

    /// Lists a team's active Tez that the reader may see, shared before a moment, newest first, at most
    /// `limit`.
    async fn tez_stream(
        &self,
        community: &CommunityId,
        team: TeamId,
        reader: &UserId,
        before: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<TezHead>, StorageError>;

    /// Changes the status of a Tez. Returns whether it had another one.
    async fn set_tez_status(
        &self,
        community: &CommunityId,
        id: TezId,
        status: TezStatus,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError>;

    /// Takes an item of context out of a Tez: what it says is overwritten, and the Tez has changed. Returns
    /// whether it was there until now.
    async fn redact_context(
        &self,
        community: &CommunityId,
        (tez, context): (TezId, ContextId),
        redaction: &Redaction,
        change: &AuditRecord,
    ) -> Result<bool, StorageError>;

    /// Counts, for each team, the active Tez of others that the reader may see and has not read. Teams
    /// where there are none are left out.
    async fn unread_tez(
        &self,
        community: &CommunityId,
        reader: &UserId,
    ) -> Result<Vec<Unread>, StorageError>;

    /// Asks for nothing, to tell whether the store answers.
    async fn ping_relay(&self) -> Result<(), StorageError>;
}
