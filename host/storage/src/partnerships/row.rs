//! Rows of partnerships and of their moves, to the model and back. A row that cannot be is refused.

use crate::convert::{checked, corrupt, decoded, known, timestamp};
use crate::versions::number;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skillgate_app::ports::{PastMove, StorageError};
use skillgate_domain::ids::{CommunityId, PartnershipId, UserId};
use skillgate_domain::partnership::{
    Change, Invitation, Message, Move, MoveKind, Mover, Partnership, Permissions, Relationship,
    Response, Side, Standing, Status, SuspendedBy, Terms,
};
use skillgate_manifest::wire::{permissions_from_json, permissions_to_json};
use sqlx::types::Json;

const TABLE: &str = "community_partnerships";

#[derive(sqlx::FromRow)]
pub(crate) struct PartnershipRow {
    id: i64,
    source_community_id: String,
    target_community_id: String,
    status: String,
    relationship_type: String,
    source_to_target_permissions: Json<Value>,
    target_to_source_permissions: Json<Value>,
    invited_by_user_id: String,
    invited_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    responded_by_user_id: Option<String>,
    responded_at: Option<DateTime<Utc>>,
    partnership_started_at: Option<DateTime<Utc>>,
    partnership_ended_at: Option<DateTime<Utc>>,
    suspended_by: Option<String>,
    invite_message: Option<String>,
    response_message: Option<String>,
    end_reason: Option<String>,
    version: i64,
    updated_at: DateTime<Utc>,
}

/// Reads with whom a community has a partnership, and where it stands.
pub(super) fn partner(id: &str, status: &str) -> Result<(CommunityId, Status), StorageError> {
    Ok((
        checked("community_partnerships", CommunityId::parse(id))?,
        known("community_partnerships.status", Status::from_name(status))?,
    ))
}

fn message(column: &str, text: Option<&str>) -> Result<Option<Message>, StorageError> {
    checked(column, text.map(Message::parse).transpose())
}

impl PartnershipRow {
    fn response(&self) -> Result<Option<Response>, StorageError> {
        let said = message(
            "community_partnerships.response_message",
            self.response_message.as_deref(),
        )?;
        let column = "community_partnerships.responded_by_user_id";
        match (&self.responded_by_user_id, self.responded_at, said) {
            (None, None, None) => Ok(None),
            (Some(by), Some(at), message) => Ok(Some(Response {
                by: checked(column, UserId::parse(by))?,
                at: timestamp(at),
                message,
            })),
            _ => Err(corrupt(column, "part of an answer")),
        }
    }

    fn standing(&self) -> Result<Standing, StorageError> {
        let status = known(
            "community_partnerships.status",
            Status::from_name(&self.status),
        )?;
        let reason = message(
            "community_partnerships.end_reason",
            self.end_reason.as_deref(),
        )?;
        let suspended_by = match self.suspended_by.as_deref() {
            None => None,
            Some(name) => {
                let column = "community_partnerships.suspended_by";
                Some(known(column, SuspendedBy::from_name(name))?)
            }
        };
        let (started, ended) = (self.partnership_started_at, self.partnership_ended_at);
        let (started, ended) = (started.map(timestamp), ended.map(timestamp));
        let at = timestamp(self.updated_at);
        let columns = (self.response()?, started, ended, suspended_by, reason);
        Ok(match (status, columns) {
            (Status::Pending, (counter_offer, None, None, None, None)) => {
                Standing::Pending { counter_offer }
            }
            (Status::Cancelled, (counter_offer, None, None, None, None)) => {
                Standing::Cancelled { at, counter_offer }
            }
            (Status::Expired, (counter_offer, None, None, None, None)) => {
                Standing::Expired { at, counter_offer }
            }
            (Status::Rejected, (Some(response), None, None, None, None)) => {
                Standing::Rejected { response }
            }
            (Status::Accepted, (Some(response), Some(started_at), None, None, None)) => {
                Standing::Accepted {
                    response,
                    started_at,
                }
            }
            (Status::Suspended, (Some(response), Some(started_at), None, Some(by), None)) => {
                Standing::Suspended {
                    response,
                    started_at,
                    by,
                }
            }
            (Status::Ended, (Some(response), Some(started_at), Some(at), None, reason)) => {
                Standing::Ended {
                    response,
                    started_at,
                    at,
                    reason,
                }
            }
            _ => return Err(corrupt(TABLE, "a row that cannot be")),
        })
    }

    fn invitation(&self) -> Result<Invitation, StorageError> {
        let community = |column: &str, id: &str| checked(column, CommunityId::parse(id));
        let invitation = Invitation {
            source: community(
                "community_partnerships.source_community_id",
                &self.source_community_id,
            )?,
            target: community(
                "community_partnerships.target_community_id",
                &self.target_community_id,
            )?,
            relationship: known(
                "community_partnerships.relationship_type",
                Relationship::from_name(&self.relationship_type),
            )?,
            message: message(
                "community_partnerships.invite_message",
                self.invite_message.as_deref(),
            )?,
            by: checked(
                "community_partnerships.invited_by_user_id",
                UserId::parse(&self.invited_by_user_id),
            )?,
            at: timestamp(self.invited_at),
        };
        if invitation.source == invitation.target {
            return Err(corrupt(TABLE, "a partnership of one"));
        }
        if timestamp(self.expires_at) != invitation.expires_at() {
            return Err(corrupt(
                "community_partnerships.expires_at",
                "another time than the invitation's",
            ));
        }
        Ok(invitation)
    }
}

impl TryFrom<PartnershipRow> for Partnership {
    type Error = StorageError;

    fn try_from(row: PartnershipRow) -> Result<Self, StorageError> {
        let (standing, invitation) = (row.standing()?, row.invitation()?);
        Ok(Self {
            id: PartnershipId::new(row.id),
            invitation,
            terms: Terms {
                source_to_target: permissions(&row.source_to_target_permissions.0)?,
                target_to_source: permissions(&row.target_to_source_permissions.0)?,
            },
            standing,
            version: number(TABLE, row.version)?,
            updated_at: timestamp(row.updated_at),
        })
    }
}

fn permissions(json: &Value) -> Result<Permissions, StorageError> {
    decoded(
        "community_partnerships.permissions",
        permissions_from_json(json),
    )
}

/// What a move says, beside its name.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Detail {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    terms: Option<TermsForm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TermsForm {
    source_to_target: Value,
    target_to_source: Value,
}

impl Detail {
    pub(super) fn offered(terms: &Terms) -> Self {
        Self {
            terms: Some(TermsForm {
                source_to_target: permissions_to_json(&terms.source_to_target),
                target_to_source: permissions_to_json(&terms.target_to_source),
            }),
            ..Self::default()
        }
    }

    pub(super) fn of(moved: &Move) -> Self {
        let beside = match moved {
            Move::CounterOffered { terms, .. } => Self::offered(terms),
            Move::PermissionsSet(permissions) => Self {
                permissions: Some(permissions_to_json(permissions)),
                ..Self::default()
            },
            _ => Self::default(),
        };
        Self {
            message: moved.words().map(|it| it.as_str().to_owned()),
            ..beside
        }
    }

    /// Reads what whoever moved it said.
    pub(crate) fn said(&self) -> Result<Option<Message>, StorageError> {
        message("partnership_moves.detail", self.message.as_deref())
    }

    fn terms(&self) -> Result<Option<Terms>, StorageError> {
        let terms = self.terms.as_ref().map(|form| {
            Ok(Terms {
                source_to_target: permissions(&form.source_to_target)?,
                target_to_source: permissions(&form.target_to_source)?,
            })
        });
        terms.transpose()
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct MoveRow {
    version: i64,
    at: DateTime<Utc>,
    moved: String,
    side: Option<String>,
    user_id: Option<String>,
    detail: Json<Detail>,
}

impl MoveRow {
    /// Reads the invitation: the terms that were offered.
    pub(super) fn offered(&self) -> Result<Terms, StorageError> {
        let terms = self
            .detail
            .terms()?
            .filter(|_| self.moved == MoveKind::Invited.name());
        terms.ok_or_else(|| corrupt("partnership_moves", "it does not begin with an invitation"))
    }

    pub(super) fn past(&self) -> Result<PastMove, StorageError> {
        let odd = || corrupt("partnership_moves.detail", "not of this move");
        let said = || self.detail.said();
        let kind = known("partnership_moves.moved", MoveKind::from_name(&self.moved))?;
        let moved = match kind {
            MoveKind::CounterOffered => Move::CounterOffered {
                message: said()?,
                terms: self.detail.terms()?.ok_or_else(odd)?,
            },
            MoveKind::Accepted => Move::Accepted { message: said()? },
            MoveKind::Rejected => Move::Rejected { message: said()? },
            MoveKind::Cancelled => Move::Cancelled,
            MoveKind::Expired => Move::Expired,
            MoveKind::Suspended => Move::Suspended,
            MoveKind::Reactivated => Move::Reactivated,
            MoveKind::Ended => Move::Ended { reason: said()? },
            MoveKind::PermissionsSet => {
                let set = self.detail.permissions.as_ref().ok_or_else(odd)?;
                Move::PermissionsSet(permissions(set)?)
            }
            MoveKind::Invited => {
                return Err(corrupt("partnership_moves.moved", "a second invitation"));
            }
        };
        let by = match (self.side.as_deref(), self.user_id.as_deref()) {
            (None, None) => Mover::System,
            (Some(side), Some(user)) => Mover::Admin {
                side: known("partnership_moves.side", Side::from_name(side))?,
                user: checked("partnership_moves.user_id", UserId::parse(user))?,
            },
            _ => return Err(corrupt("partnership_moves.side", "part of somebody")),
        };
        let at = timestamp(self.at);
        Ok(PastMove {
            version: number("partnership_moves", self.version)?,
            change: Change { by, at, moved },
        })
    }
}
