//! Partnerships as each side sees them, in the requirement's names.

mod history;
mod metrics;
mod request;

pub use history::{PartnershipHistory, partnership_history};
pub use metrics::{MetricsQuery, PartnershipMetrics, partnership_metrics};
pub use request::{EndRequest, InviteRequest, RespondRequest, UpdateRequest};

use super::community::{CommunityInfo, info};
use super::names::names;
use super::time;
use crate::openapi::partnership_permissions;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skillgate_app::partnerships::{Cursors, Overview, Page, Seen};
use skillgate_domain::ids::PartnershipId;
use skillgate_domain::partnership::{
    Message, MoveKind, Partnership, Relationship, Side, Status, SuspendedBy, Terms,
};
use skillgate_manifest::wire::permissions_to_json;
use utoipa::{IntoParams, ToSchema};

names! {
    /// How close two communities are.
    RelationshipName(Relationship);
    /// Where a partnership stands.
    PartnershipStatusName(Status);
    /// Which of the two communities: the one that invited, or the one that was invited.
    SideName(Side);
    /// What was done with a partnership.
    MoveName(MoveKind);
}

/// What one side sends the other, and what it is sent.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BothPermissions {
    /// What this side sends.
    #[schema(schema_with = partnership_permissions)]
    from_us: Value,
    /// What it is sent.
    #[schema(schema_with = partnership_permissions)]
    to_us: Value,
}

impl BothPermissions {
    fn seen_by(side: Side, terms: &Terms) -> Self {
        Self {
            from_us: permissions_to_json(terms.sent_by(side)),
            to_us: permissions_to_json(terms.sent_by(side.other())),
        }
    }
}

/// An invitation that was sent.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitedView {
    success: bool,
    partnership_id: i64,
    status: PartnershipStatusName,
    #[schema(format = DateTime, required)]
    expires_at: Option<String>,
}

/// What became of a partnership.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MovedView {
    success: bool,
    partnership: PartnershipView,
    /// Whether the other side must accept what was changed.
    requires_counter_approval: bool,
}

/// A partnership as one side sees it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "a page needs no rules of its own"
)]
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartnershipView {
    id: i64,
    source_community_id: String,
    target_community_id: String,
    /// The other one.
    partner_community: CommunityInfo,
    /// The side that looks.
    our_side: SideName,
    status: PartnershipStatusName,
    relationship_type: RelationshipName,
    permissions: BothPermissions,
    #[schema(required)]
    invite_message: Option<String>,
    invited_by_user_id: String,
    #[schema(format = DateTime, required)]
    invited_at: Option<String>,
    /// Until when the invitation can be answered.
    #[schema(format = DateTime, required)]
    expires_at: Option<String>,
    #[schema(required)]
    response_message: Option<String>,
    #[schema(required)]
    responded_by_user_id: Option<String>,
    #[schema(format = DateTime, required)]
    responded_at: Option<String>,
    #[schema(format = DateTime, required)]
    partnership_started_at: Option<String>,
    #[schema(format = DateTime, required)]
    partnership_ended_at: Option<String>,
    #[schema(required)]
    end_reason: Option<String>,
    /// Who has suspended it: `source`, `target`, or `both`.
    #[schema(required)]
    suspended_by: Option<&'static str>,
    /// Whether the target wants other terms, which the source must accept.
    requires_counter_approval: bool,
    can_respond: bool,
    can_reject: bool,
    can_cancel: bool,
    can_suspend: bool,
    can_reactivate: bool,
    can_end: bool,
    can_set_permissions: bool,
    /// How often it changed, the invitation included.
    version: u32,
    #[schema(format = DateTime, required)]
    updated_at: Option<String>,
}

/// Invitations that wait for their answer.
#[derive(Debug, Serialize, ToSchema)]
struct PendingView {
    /// Those that the community was sent.
    incoming: Vec<PartnershipView>,
    /// Those that it sent.
    outgoing: Vec<PartnershipView>,
}

/// A community's partnerships, the newest invitation first.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnershipList {
    /// Accepted ones, suspended ones included.
    active: Vec<PartnershipView>,
    pending: PendingView,
    /// Those that came to an end within 90 days.
    recent: Vec<PartnershipView>,
    /// Where each list goes on, if it does.
    next: NextView,
}

/// Where each list goes on: what its next page is asked for with.
#[expect(
    clippy::struct_field_names,
    reason = "they are parts of the next address"
)]
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct NextView {
    #[schema(required)]
    active_before: Option<i64>,
    #[schema(required)]
    incoming_before: Option<i64>,
    #[schema(required)]
    outgoing_before: Option<i64>,
    #[schema(required)]
    recent_before: Option<i64>,
}

/// Where each list begins: behind which partnership.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct PartnershipsQuery {
    /// Those of `active` that began before this one.
    pub active_before: Option<i64>,
    /// Those of `pending.incoming` that began before this one.
    pub incoming_before: Option<i64>,
    /// Those of `pending.outgoing` that began before this one.
    pub outgoing_before: Option<i64>,
    /// Those of `recent` that began before this one.
    pub recent_before: Option<i64>,
}

impl PartnershipsQuery {
    /// Returns where each list begins.
    pub fn cursors(&self) -> Cursors {
        Cursors {
            active: self.active_before.map(PartnershipId::new),
            incoming: self.incoming_before.map(PartnershipId::new),
            outgoing: self.outgoing_before.map(PartnershipId::new),
            recent: self.recent_before.map(PartnershipId::new),
        }
    }
}

/// With whom a community works together now.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnerList {
    partners: Vec<PartnerView>,
    /// What the next page is asked for with, if there is one.
    #[schema(required)]
    next_before: Option<i64>,
}

/// A partner, as everybody in the community may know it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Partner)]
struct PartnerView {
    community: CommunityInfo,
    relationship_type: RelationshipName,
    #[schema(format = DateTime, required)]
    since: Option<String>,
}

/// Where the list of partners begins.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PartnersQuery {
    /// Those whose partnership began before this one.
    pub before: Option<i64>,
}

impl PartnersQuery {
    /// Returns where it begins.
    pub fn before(&self) -> Option<PartnershipId> {
        self.before.map(PartnershipId::new)
    }
}

/// Shows with whom a community works together now.
pub fn partners(page: &Page) -> PartnerList {
    let partner = |seen: &Seen| PartnerView {
        community: info(&seen.partner),
        relationship_type: RelationshipName(seen.partnership.invitation.relationship),
        since: seen.partnership.standing.facts().started_at.and_then(time),
    };
    PartnerList {
        partners: page.partnerships.iter().map(partner).collect(),
        next_before: page.next.map(PartnershipId::number),
    }
}

/// Shows an invitation that was sent.
pub fn invited(partnership: &Partnership) -> InvitedView {
    InvitedView {
        success: true,
        partnership_id: partnership.id.number(),
        status: PartnershipStatusName(partnership.standing.status()),
        expires_at: time(partnership.invitation.expires_at()),
    }
}

/// Shows what became of a partnership.
pub fn moved(seen: &Seen) -> MovedView {
    let partnership = partnership(seen);
    MovedView {
        success: true,
        requires_counter_approval: partnership.requires_counter_approval,
        partnership,
    }
}

/// Shows a community's partnerships.
pub fn partnerships(overview: &Overview) -> PartnershipList {
    let list = |seen: &[Seen]| seen.iter().map(partnership).collect();
    let next = |id: Option<PartnershipId>| id.map(PartnershipId::number);
    PartnershipList {
        active: list(&overview.active.partnerships),
        pending: PendingView {
            incoming: list(&overview.incoming.partnerships),
            outgoing: list(&overview.outgoing.partnerships),
        },
        recent: list(&overview.recent.partnerships),
        next: NextView {
            active_before: next(overview.active.next),
            incoming_before: next(overview.incoming.next),
            outgoing_before: next(overview.outgoing.next),
            recent_before: next(overview.recent.next),
        },
    }
}

/// Shows a partnership to one of its sides.
pub fn partnership(seen: &Seen) -> PartnershipView {
    let (it, side, open) = (&seen.partnership, seen.side, seen.open);
    let invitation = &it.invitation;
    let told = it.standing.facts();
    let pending = it.standing.status() == Status::Pending;
    PartnershipView {
        id: it.id.number(),
        source_community_id: invitation.source.to_string(),
        target_community_id: invitation.target.to_string(),
        partner_community: info(&seen.partner),
        our_side: SideName(side),
        status: PartnershipStatusName(it.standing.status()),
        relationship_type: RelationshipName(invitation.relationship),
        permissions: BothPermissions::seen_by(side, &it.terms),
        invite_message: words_of(invitation.message.as_ref()),
        invited_by_user_id: invitation.by.to_string(),
        invited_at: time(invitation.at),
        expires_at: time(invitation.expires_at()),
        response_message: words_of(told.response.and_then(|it| it.message.as_ref())),
        responded_by_user_id: told.response.map(|it| it.by.to_string()),
        responded_at: told.response.and_then(|it| time(it.at)),
        partnership_started_at: told.started_at.and_then(time),
        partnership_ended_at: told.ended_at.and_then(time),
        end_reason: words_of(told.reason),
        suspended_by: told.suspended_by.map(SuspendedBy::name),
        requires_counter_approval: pending && told.response.is_some(),
        can_respond: open.respond,
        can_reject: open.reject,
        can_cancel: open.cancel,
        can_suspend: open.suspend,
        can_reactivate: open.reactivate,
        can_end: open.end,
        can_set_permissions: open.set_permissions,
        version: it.version,
        updated_at: time(it.updated_at),
    }
}

fn words_of(message: Option<&Message>) -> Option<String> {
    message.map(|it| it.as_str().to_owned())
}
