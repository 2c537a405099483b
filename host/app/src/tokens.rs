//! Bearer tokens of our own: made by an admin or the operator, hashed at rest, scoped, expiring.

use crate::access::{Access, AccessError};
use crate::audit::{self, AuditError, Trail};
use crate::ports::{AuditRecord, Clock, Entropy, Storage, StorageError, TokenRecord};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};
use skillgate_domain::audit::{Actor, Facts, Target, TokenFacts};
use skillgate_domain::ids::{AgentId, CommunityId, TokenId, UserId};
use skillgate_domain::member::Listed;
use skillgate_domain::policy::{Basis, Refusal, Resource, ResourceKind};
use skillgate_domain::principal::{Action, Origin, Principal, Role, TokenScope};
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// What every token of ours begins with, so that a leaked one is recognised by scanners.
pub const TOKEN_PREFIX: &str = "sgt_";
/// Longest life of a token.
pub const TOKEN_LIFE_MAX: Duration = Duration::from_hours(366 * 24);
/// Longest label of a token, in bytes.
pub const TOKEN_LABEL_BYTES_MAX: usize = 200;

const ID_HEX: usize = 32;
const SECRET_HEX: usize = 64;

/// Why there is no token, or no caller.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The caller may not.
    #[error("{0}; ask an admin")]
    Forbidden(Refusal),
    /// What was asked for makes no sense.
    #[error("{0}")]
    Invalid(&'static str),
    /// Not one of ours, unknown, expired or revoked: the bearer learns no more.
    #[error("the token is not valid; ask an admin for a new one")]
    NotValid,
    /// No such token in this community.
    #[error("there is no such token")]
    NotFound,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// It could not be recorded, so it did not happen.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl audit::Refusal for TokenError {
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Forbidden(_) => Some("forbidden"),
            Self::Invalid(_) => Some("token-request-invalid"),
            Self::NotFound => Some("token-not-found"),
            Self::NotValid | Self::Storage(_) | Self::Audit(_) => None,
        }
    }
}

/// Who makes a token.
#[derive(Debug, Clone, Copy)]
pub enum Issuer<'a> {
    /// Whoever can start the host's own program on its own configuration.
    Operator(&'a Origin),
    /// An authenticated caller.
    Caller(&'a Principal),
}

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for, in the issuer's words.
    pub label: String,
    /// Whose it will be. An admin can issue for the own community only.
    pub community: CommunityId,
    /// For whom it will speak.
    pub user: UserId,
    /// Which agent will hold it. Required for the role agent, refused for others.
    pub agent: Option<AgentId>,
    /// As what.
    pub role: Role,
    /// Narrowed to what.
    pub scope: TokenScope,
    /// How long it works.
    pub life: Duration,
}

/// Makes and checks tokens.
pub struct Tokens {
    storage: Arc<dyn Storage>,
    access: Arc<Access>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    trail: Trail,
}

impl Tokens {
    /// Wires the use cases to their ports.
    pub fn new(
        storage: Arc<dyn Storage>,
        access: Arc<Access>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        trail: Trail,
    ) -> Self {
        Self {
            storage,
            access,
            clock,
            entropy,
            trail,
        }
    }

    /// Makes a token. Its text is returned once and kept nowhere.
    pub async fn issue(
        &self,
        issuer: Issuer<'_>,
        new: NewToken,
    ) -> Result<(TokenRecord, SecretString), TokenError> {
        let done = self.issue_if_allowed(issuer, new).await;
        self.recorded(issuer, Action::IssueToken, Target::Community, done)
            .await
    }

    async fn issue_if_allowed(
        &self,
        issuer: Issuer<'_>,
        new: NewToken,
    ) -> Result<(TokenRecord, SecretString), TokenError> {
        let id = TokenId::new(self.entropy.uuid());
        let wanted = ResourceKind::Token {
            id,
            user: new.user.clone(),
            role: new.role,
        };
        self.authorise(issuer, Action::IssueToken, &new.community, wanted)
            .await?;
        check(&new)?;
        let secret = hex(&self.entropy.secret());
        let created_at = self.clock.now();
        let record = TokenRecord {
            id,
            secret_sha256: Sha256::digest(secret.as_bytes()).into(),
            label: new.label,
            community: new.community,
            user: new.user,
            agent: new.agent,
            role: new.role,
            scope: new.scope,
            created_at,
            expires_at: created_at.plus(new.life),
            revoked_at: None,
            listed: Listed::Never,
        };
        let facts = Facts::Token(TokenFacts {
            role: record.role,
            user: record.user.clone(),
            expires_at: record.expires_at,
        });
        let change = self.change(issuer, Action::IssueToken, &record.community, id, facts);
        self.storage.insert_token(&record, &change).await?;
        let text = format!("{TOKEN_PREFIX}{}_{secret}", id.uuid().simple());
        Ok((record, text.into()))
    }

    /// Tells who presents `text`.
    pub async fn authenticate(
        &self,
        text: &SecretString,
        origin: Origin,
    ) -> Result<Principal, TokenError> {
        let (id, secret) = split(text.expose_secret()).ok_or(TokenError::NotValid)?;
        let record = self.storage.token(id).await?.ok_or(TokenError::NotValid)?;
        let presented: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
        let same: bool = presented.ct_eq(&record.secret_sha256).into();
        if !same || record.revoked_at.is_some() || record.expires_at <= self.clock.now() {
            return Err(TokenError::NotValid);
        }
        let role = record.listed.narrows(record.role);
        Ok(Principal {
            community: record.community,
            user: record.user,
            agent: record.agent,
            role: role.ok_or(TokenError::NotValid)?,
            scope: record.scope,
            token: Some(record.id),
            foreign: None,
            origin,
        })
    }

    /// Lists a community's tokens, newest first.
    pub async fn list(
        &self,
        issuer: Issuer<'_>,
        community: &CommunityId,
    ) -> Result<Vec<TokenRecord>, TokenError> {
        let listed = self.list_if_allowed(issuer, community).await;
        self.recorded(issuer, Action::ListTokens, Target::Community, listed)
            .await
    }

    async fn list_if_allowed(
        &self,
        issuer: Issuer<'_>,
        community: &CommunityId,
    ) -> Result<Vec<TokenRecord>, TokenError> {
        let all = ResourceKind::Community;
        self.authorise(issuer, Action::ListTokens, community, all)
            .await?;
        Ok(self.storage.tokens(community).await?)
    }

    /// Takes a token back. It stops working with the next request.
    pub async fn revoke(
        &self,
        issuer: Issuer<'_>,
        community: &CommunityId,
        id: TokenId,
    ) -> Result<(), TokenError> {
        let done = self.revoke_if_allowed(issuer, community, id).await;
        self.recorded(issuer, Action::RevokeToken, Target::Token(id), done)
            .await
    }

    async fn revoke_if_allowed(
        &self,
        issuer: Issuer<'_>,
        community: &CommunityId,
        id: TokenId,
    ) -> Result<(), TokenError> {
        let any = ResourceKind::Community;
        self.authorise(issuer, Action::RevokeToken, community, any)
            .await?;
        let change = self.change(issuer, Action::RevokeToken, community, id, Facts::None);
        let known = self
            .storage
            .revoke_token(community, id, self.clock.now(), &change)
            .await?;
        if known {
            Ok(())
        } else {
            Err(TokenError::NotFound)
        }
    }

    /// Another community's tokens are not found rather than forbidden, so that nothing is learnt of them.
    async fn authorise(
        &self,
        issuer: Issuer<'_>,
        action: Action,
        community: &CommunityId,
        kind: ResourceKind,
    ) -> Result<(), TokenError> {
        let Issuer::Caller(caller) = issuer else {
            return Ok(());
        };
        let resource = Resource::of(community, kind);
        let answer = self.access.permit(caller, action, &resource).await;
        answer.map_err(|error| match error {
            AccessError::Refused(refusal) if refusal.basis == Basis::OtherCommunity => {
                TokenError::NotFound
            }
            AccessError::Refused(refusal) => TokenError::Forbidden(refusal),
            AccessError::Storage(error) => TokenError::Storage(error),
        })
    }

    fn change(
        &self,
        issuer: Issuer<'_>,
        action: Action,
        community: &CommunityId,
        id: TokenId,
        facts: Facts,
    ) -> AuditRecord {
        let actor = match issuer {
            Issuer::Operator(origin) => Actor::Operator(origin.clone()),
            Issuer::Caller(caller) => Actor::Caller(Box::new(caller.clone())),
        };
        self.trail
            .change(actor, community, action, Target::Token(id), facts)
    }

    /// Records a refusal before it is answered. The operator is never refused for who it is.
    async fn recorded<T>(
        &self,
        issuer: Issuer<'_>,
        action: Action,
        target: Target,
        done: Result<T, TokenError>,
    ) -> Result<T, TokenError> {
        if let Issuer::Caller(caller) = issuer {
            self.trail.refusal(caller, action, target, &done).await?;
        }
        done
    }
}

fn check(new: &NewToken) -> Result<(), TokenError> {
    if new.label.len() > TOKEN_LABEL_BYTES_MAX || new.label.contains(char::is_control) {
        return Err(TokenError::Invalid(
            "a label has at most 200 bytes and no control characters",
        ));
    }
    if new.life.is_zero() || new.life > TOKEN_LIFE_MAX {
        return Err(TokenError::Invalid(
            "a token lives for 1 second to 366 days",
        ));
    }
    match (new.role, &new.agent) {
        (Role::Agent, None) => Err(TokenError::Invalid(
            "a token of the role agent names its agent",
        )),
        (Role::Agent, Some(_)) | (_, None) => Ok(()),
        (_, Some(_)) => Err(TokenError::Invalid(
            "only a token of the role agent names an agent",
        )),
    }
}

fn split(text: &str) -> Option<(TokenId, &str)> {
    let (id, secret) = text.strip_prefix(TOKEN_PREFIX)?.split_once('_')?;
    let hex = |part: &str, len| part.len() == len && part.bytes().all(|b| b.is_ascii_hexdigit());
    if !hex(id, ID_HEX) || !hex(secret, SECRET_HEX) {
        return None;
    }
    Some((TokenId::new(uuid::Uuid::try_parse(id).ok()?), secret))
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            write!(text, "{byte:02x}").expect("writing to a String never fails");
            text
        })
}
