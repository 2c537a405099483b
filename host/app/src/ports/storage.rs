use super::{AuditRecord, OfferStore, PlanStore};
use async_trait::async_trait;
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::{EndCause, Grant, GrantStatus, Owner, SkillStanding};
use skillgate_domain::ids::{
    AgentId, CommunityId, GrantId, SkillName, SubmissionId, TokenId, UserId,
};
use skillgate_domain::member::Listed;
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_domain::time::Timestamp;

/// Most rows of one listing.
pub const PAGE_MAX: u32 = 200;

/// A bearer token at rest: never its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// Its id, which the bearer presents beside the secret.
    pub id: TokenId,
    /// SHA-256 of the secret. A secret has 256 random bits, so that no slow hash is needed.
    pub secret_sha256: [u8; 32],
    /// What it is for, in the issuer's words.
    pub label: String,
    /// Whose it is.
    pub community: CommunityId,
    /// For whom it speaks.
    pub user: UserId,
    /// Which agent holds it.
    pub agent: Option<AgentId>,
    /// As what.
    pub role: Role,
    /// Narrowed to what.
    pub scope: TokenScope,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// What the community's list says of the person, when the token was read.
    pub listed: Listed,
}

/// A component with its manifest, as handed in to a community. The component's bytes are kept once
/// for each digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Its id.
    pub id: SubmissionId,
    /// To whom it was handed in.
    pub community: CommunityId,
    /// The skill's name, from the manifest.
    pub skill: SkillName,
    /// The module's version, from the manifest.
    pub version: String,
    /// Digest of the component.
    pub component: Digest,
    /// Digest of the manifest's text.
    pub manifest: Digest,
    /// The manifest's text, byte for byte.
    pub manifest_text: String,
    /// Who handed it in; of one that was taken over from a partner, to whom it belongs.
    pub submitted_by: UserId,
    /// When it was handed in or taken over.
    pub submitted_at: Timestamp,
    /// Whose it is, where it was taken over from another community.
    pub owner: Option<Owner>,
    /// Since when partners may take it over.
    pub offered_at: Option<Timestamp>,
}

/// What a running call asks at each of its host calls.
#[async_trait]
pub trait RightsInForce: Send + Sync {
    /// Tells whether what runs under a grant may go on. An unknown grant counts as revoked.
    async fn grant_status(
        &self,
        community: &CommunityId,
        id: GrantId,
    ) -> Result<GrantStatus, StorageError>;

    /// Tells whether a token was taken back, or whoever it speaks for has left the community. An unknown token counts
    /// as taken back.
    async fn token_revoked(&self, id: TokenId) -> Result<bool, StorageError>;
}

/// What is kept. Each method is one transaction: it happens whole or not at all, and a change takes
/// its record of the audit trail with it.
///
/// Everything is looked up within a community; what belongs to another is absent.
#[async_trait]
pub trait Storage: RightsInForce + PlanStore + OfferStore {
    /// Keeps a token.
    async fn insert_token(
        &self,
        token: &TokenRecord,
        change: &AuditRecord,
    ) -> Result<(), StorageError>;

    /// Finds a token by its id, in whatever community: this is how a caller's community is learnt.
    async fn token(&self, id: TokenId) -> Result<Option<TokenRecord>, StorageError>;

    /// Lists a community's tokens, newest first, at most [`PAGE_MAX`].
    async fn tokens(&self, community: &CommunityId) -> Result<Vec<TokenRecord>, StorageError>;

    /// Marks a token revoked, unless it already is. Returns whether there is such a token.
    async fn revoke_token(
        &self,
        community: &CommunityId,
        id: TokenId,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError>;

    /// Keeps a submission and its component. The same component and manifest handed in again to the
    /// same community is a [`StorageError::Conflict`].
    async fn insert_submission(
        &self,
        submission: &Submission,
        component: &[u8],
        change: &AuditRecord,
    ) -> Result<(), StorageError>;

    /// Finds a submission.
    async fn submission(
        &self,
        community: &CommunityId,
        id: SubmissionId,
    ) -> Result<Option<Submission>, StorageError>;

    /// Lists a community's submissions, newest first, at most [`PAGE_MAX`].
    async fn submissions(&self, community: &CommunityId) -> Result<Vec<Submission>, StorageError>;

    /// Reads a component's bytes.
    async fn component(&self, digest: &Digest) -> Result<Option<Vec<u8>>, StorageError>;

    /// Keeps a grant, if its generation is the one after the skill's present one. The grant that was
    /// active ends at `granted_at` with this cause in the same transaction, so that one at most is
    /// active. Returns whether it was kept: of two grants made of the same sight, one is.
    async fn insert_grant(
        &self,
        grant: &Grant,
        previous_ends: EndCause,
        change: &AuditRecord,
    ) -> Result<bool, StorageError>;

    /// Tells where a skill stands. One that was never granted is at generation zero.
    async fn skill_standing(
        &self,
        community: &CommunityId,
        skill: &SkillName,
    ) -> Result<SkillStanding, StorageError>;

    /// Finds the newest grant of a skill, ended or not, of another submission than `other_than`.
    async fn newest_grant(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        other_than: Option<SubmissionId>,
    ) -> Result<Option<Grant>, StorageError>;

    /// Stops a skill at a moment, or lets it go on, unless it already is or does. What changes begins
    /// a generation. Returns whether the skill was ever granted.
    async fn set_frozen(
        &self,
        community: &CommunityId,
        skill: &SkillName,
        at: Option<Timestamp>,
        change: &AuditRecord,
    ) -> Result<bool, StorageError>;

    /// Returns a number that is another one after every change of tokens, grants, freezes, policies or settings,
    /// and of who is whose partner, whoever makes it.
    async fn rights_number(&self) -> Result<i64, StorageError>;

    /// Finds the active grant of a skill.
    async fn active_grant(
        &self,
        community: &CommunityId,
        skill: &SkillName,
    ) -> Result<Option<Grant>, StorageError>;

    /// Lists a community's active grants by skill name, at most [`PAGE_MAX`].
    async fn active_grants(&self, community: &CommunityId) -> Result<Vec<Grant>, StorageError>;

    /// Revokes a grant of a submission, unless it has ended, and begins a generation. Returns whether
    /// there is such a grant.
    async fn revoke_grant(
        &self,
        community: &CommunityId,
        submission: SubmissionId,
        id: GrantId,
        at: Timestamp,
        change: &AuditRecord,
    ) -> Result<bool, StorageError>;

    /// Asks for nothing, to tell whether storage answers.
    async fn ping(&self) -> Result<(), StorageError>;
}

impl StorageError {
    /// Says that others were first, each time that it was tried.
    pub fn crowded() -> Self {
        Self::Busy("others were first each time".into())
    }
}

/// Why storage did not do what it was asked. `Display` never repeats its source.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The same thing is already there.
    #[error("it is already there")]
    Conflict,
    /// The database is locked or has no free connection; nothing happened.
    #[error("storage is busy")]
    Busy(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The disk is full; nothing happened.
    #[error("storage is full")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row that cannot be.
    #[error("storage holds a row that cannot be: {0}")]
    Corrupt(String),
    /// Anything else; nothing happened.
    #[error("storage did not answer")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
