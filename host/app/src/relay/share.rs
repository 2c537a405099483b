use super::{Behalf, RELAY_NAME, Relay, RelayError, content};
use crate::ports::{AuditRecord, Delivery, KeptItem, KeptTez, TezHead};
use skillgate_domain::audit::{Facts, Target, TezFacts};
use skillgate_domain::ids::{ContextId, TezAddress, TezId};
use skillgate_domain::policy::{ResourceKind, Sharing};
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::tez::{ContextItem, RECIPIENTS_MAX, TezDraft, TezKind, TezStatus, Urgency};
use skillgate_domain::time::Timestamp;

/// An answer to a Tez. Everything else about it is the Tez's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What it is for.
    pub kind: TezKind,
    /// How soon it matters.
    pub urgency: Urgency,
    /// What people read first.
    pub surface_text: String,
    /// What is asked for.
    pub action_requested: Option<String>,
    /// What it rests on.
    pub context: Vec<ContextItem>,
}

/// Where a Tez stands in a thread.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) id: TezId,
    pub(super) thread: TezId,
    pub(super) parent: Option<TezId>,
}

impl Relay {
    /// Shares a Tez into a team of the caller's.
    pub async fn share(&self, caller: &Principal, draft: TezDraft) -> Result<TezHead, RelayError> {
        let team = Target::Team(draft.team);
        let done = self.share_if_allowed(caller, draft).await;
        self.recorded(caller, Action::ShareTez, team, done).await
    }

    async fn share_if_allowed(
        &self,
        caller: &Principal,
        draft: TezDraft,
    ) -> Result<TezHead, RelayError> {
        let asked = self.permit(caller, Action::ShareTez).await?;
        asked.permit(ResourceKind::Sharing(Box::new(Sharing::of(&draft))))?;
        let id = TezId::new(self.entropy.uuid());
        let draft = TezDraft {
            context: unproven(draft.context),
            ..draft
        };
        self.shared(&Behalf::of(caller), id, draft).await
    }

    /// Shares a Tez under an id, on behalf of a member of its team.
    pub(super) async fn shared(
        &self,
        of: &Behalf,
        id: TezId,
        draft: TezDraft,
    ) -> Result<TezHead, RelayError> {
        let role = self
            .store
            .team_role(&of.user.community, draft.team, &of.user.user);
        if role.await?.flatten().is_none() {
            return Err(RelayError::NotMember);
        }
        let place = Place {
            id,
            thread: id,
            parent: None,
        };
        self.keep(of, Action::ShareTez, place, draft).await
    }

    /// Answers a Tez that the caller may see: in its thread, as visible as it is, to its sender and its
    /// recipients.
    pub async fn reply(
        &self,
        caller: &Principal,
        parent: TezId,
        reply: Reply,
    ) -> Result<TezHead, RelayError> {
        let done = self.reply_if_allowed(caller, parent, reply).await;
        self.recorded(caller, Action::ReplyTez, Target::Tez(parent), done)
            .await
    }

    async fn reply_if_allowed(
        &self,
        caller: &Principal,
        parent: TezId,
        reply: Reply,
    ) -> Result<TezHead, RelayError> {
        let asked = self.permit(caller, Action::ReplyTez).await?;
        let of = Behalf::of(caller);
        let parent = self.visible(&of.user, parent).await?.tez;
        asked.in_team(parent.head.team)?;
        let place = Place {
            id: TezId::new(self.entropy.uuid()),
            thread: parent.head.thread,
            parent: Some(parent.head.id),
        };
        let draft = TezDraft {
            team: parent.head.team,
            kind: reply.kind,
            urgency: reply.urgency,
            visibility: parent.head.visibility,
            surface_text: reply.surface_text,
            action_requested: reply.action_requested,
            recipients: answered(&parent, &of)?,
            context: unproven(reply.context),
        };
        self.keep(&of, Action::ReplyTez, place, draft).await
    }

    async fn keep(
        &self,
        of: &Behalf,
        action: Action,
        place: Place,
        draft: TezDraft,
    ) -> Result<TezHead, RelayError> {
        let draft = TezDraft {
            recipients: draft.recipients.into_iter().map(here).collect(),
            ..draft
        };
        let draft = draft.checked()?;
        let tez = self.kept(of, place, draft, self.trail.clock().now());
        let change = self.record(of, action, &tez);
        let community = &of.user.community;
        if !self.store.insert_tez(community, &tez, &change).await? {
            return Err(RelayError::Full("this thread has no place for another Tez"));
        }
        Ok(tez.head)
    }

    pub(super) fn kept(
        &self,
        of: &Behalf,
        place: Place,
        draft: TezDraft,
        now: Timestamp,
    ) -> KeptTez {
        let sender = &of.user.user;
        let item = |item| KeptItem {
            id: ContextId::new(self.entropy.uuid()),
            item,
            created_by: sender.clone(),
            created_at: now,
            redaction: None,
        };
        let delivery = |address: TezAddress| Delivery {
            delivered_at: (!is_elsewhere(&address)).then_some(now),
            read_at: None,
            address,
        };
        KeptTez {
            head: TezHead {
                id: place.id,
                team: draft.team,
                thread: place.thread,
                parent: place.parent,
                sender: sender.clone(),
                kind: draft.kind,
                urgency: draft.urgency,
                visibility: draft.visibility,
                surface_text: draft.surface_text,
                action_requested: draft.action_requested,
                status: TezStatus::Active,
                created_at: now,
                updated_at: now,
            },
            context: draft.context.into_iter().map(item).collect(),
            recipients: draft.recipients.into_iter().map(delivery).collect(),
        }
    }

    pub(super) fn record(&self, of: &Behalf, action: Action, tez: &KeptTez) -> AuditRecord {
        let (head, items) = (&tez.head, || tez.context.iter().map(|kept| &kept.item));
        let records = items().filter_map(|item| item.provenance.as_ref());
        let recipients = tez.recipients.iter().map(|to| to.address.clone());
        let facts = Facts::Tez(Box::new(TezFacts {
            team: head.team,
            thread: head.thread,
            sender: head.sender.clone(),
            visibility: head.visibility,
            recipients: recipients.collect(),
            records: records.map(|from| (from.object, from.record)).collect(),
            content: content::digest(
                &head.surface_text,
                head.action_requested.as_deref(),
                items(),
            ),
        }));
        self.change(of, action, Target::Tez(head.id), facts)
    }
}

/// What a caller says of where an item comes from is not believed.
fn unproven(items: Vec<ContextItem>) -> Vec<ContextItem> {
    let unproven = |item| ContextItem {
        provenance: None,
        ..item
    };
    items.into_iter().map(unproven).collect()
}

/// Those to whom an answer goes: the sender first, then the others, the one who answers left out. Where
/// that is one too many, the Tez went to a team, whose members see the answer all the same.
fn answered(parent: &KeptTez, of: &Behalf) -> Result<Vec<TezAddress>, RelayError> {
    let address =
        |user: &str| TezAddress::parse(user).map_err(|why| RelayError::Invalid(why.to_string()));
    let (sender, own) = (
        address(parent.head.sender.as_str())?,
        address(of.user.user.as_str())?,
    );
    let recipients = parent.recipients.iter().map(|to| to.address.clone());
    let others = std::iter::once(sender).chain(recipients);
    Ok(others
        .filter(|address| *address != own)
        .take(RECIPIENTS_MAX)
        .collect())
}

/// An address at this relay is the person of that name.
fn here(address: TezAddress) -> TezAddress {
    let local = address
        .as_str()
        .split_once('@')
        .filter(|(_, relay)| relay.eq_ignore_ascii_case(RELAY_NAME))
        .and_then(|(name, _)| TezAddress::parse(name).ok());
    local.unwrap_or(address)
}

fn is_elsewhere(address: &TezAddress) -> bool {
    address.as_str().contains('@')
}
