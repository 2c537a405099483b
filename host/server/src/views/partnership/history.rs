use super::{
    BothPermissions, MoveName, PartnershipView, SideName, partnership, partnership_permissions,
    words_of,
};
use crate::views::time;
use serde::Serialize;
use serde_json::Value;
use skillgate_app::partnerships::Seen;
use skillgate_app::ports::PastMove;
use skillgate_domain::partnership::{Move, MoveKind, Mover, Side, Terms};
use skillgate_manifest::wire::permissions_to_json;
use utoipa::ToSchema;

/// What happened to a partnership, in order.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnershipHistory {
    partnership: PartnershipView,
    /// Each move, the invitation first.
    history: Vec<MoveView>,
}

/// A move of a partnership.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = PartnershipMove)]
struct MoveView {
    /// How often it had changed then, this move included.
    version: u32,
    /// What happened.
    moved: MoveName,
    #[schema(format = DateTime, required)]
    at: Option<String>,
    /// Whose admin moved it; nobody's where time did.
    #[schema(required)]
    by_side: Option<SideName>,
    #[schema(required)]
    by_user_id: Option<String>,
    /// What was said with it.
    #[schema(required)]
    message: Option<String>,
    /// What was offered with it, or set.
    #[schema(required)]
    permissions: Option<OfferedView>,
}

/// What a move says of permissions, as the side that looks sees it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OfferedView {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = partnership_permissions)]
    from_us: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = partnership_permissions)]
    to_us: Option<Value>,
}

/// Shows what happened to a partnership to one of its sides.
pub fn partnership_history(seen: &Seen, offered: &Terms, moves: &[PastMove]) -> PartnershipHistory {
    let invitation = &seen.partnership.invitation;
    let invited = MoveView {
        version: 1,
        moved: MoveName(MoveKind::Invited),
        at: time(invitation.at),
        by_side: Some(SideName(Side::Source)),
        by_user_id: Some(invitation.by.to_string()),
        message: words_of(invitation.message.as_ref()),
        permissions: Some(both_seen(seen.side, offered)),
    };
    let moves = moves.iter().map(|it| past(seen.side, it));
    PartnershipHistory {
        partnership: partnership(seen),
        history: std::iter::once(invited).chain(moves).collect(),
    }
}

fn past(side: Side, past: &PastMove) -> MoveView {
    let change = &past.change;
    let (by_side, by_user_id) = match &change.by {
        Mover::Admin { side, user } => (Some(SideName(*side)), Some(user.to_string())),
        Mover::System => (None, None),
    };
    let (message, permissions) = match &change.moved {
        Move::CounterOffered { message, terms } => (message.as_ref(), Some(both_seen(side, terms))),
        Move::Accepted { message }
        | Move::Rejected { message }
        | Move::Ended { reason: message } => (message.as_ref(), None),
        Move::PermissionsSet(set) => {
            let set = Some(permissions_to_json(set));
            let none = OfferedView {
                from_us: None,
                to_us: None,
            };
            let shown = if change.by.side() == Some(side) {
                OfferedView {
                    from_us: set,
                    ..none
                }
            } else {
                OfferedView { to_us: set, ..none }
            };
            (None, Some(shown))
        }
        Move::Cancelled | Move::Expired | Move::Suspended | Move::Reactivated => (None, None),
    };
    MoveView {
        version: past.version,
        moved: MoveName(change.moved.kind()),
        at: time(change.at),
        by_side,
        by_user_id,
        message: words_of(message),
        permissions,
    }
}

fn both_seen(side: Side, terms: &Terms) -> OfferedView {
    let both = BothPermissions::seen_by(side, terms);
    OfferedView {
        from_us: Some(both.from_us),
        to_us: Some(both.to_us),
    }
}
