use super::super::redact::item;
use super::super::share::Place;
use super::super::{Behalf, RelayError};
use super::{ExpansionError, Expansions, Standing, facts};
use crate::ports::{DecisionPut, KeptTez};
use crate::snapshot::Snapshot;
use skillgate_domain::audit::Target;
use skillgate_domain::crm::{EntryRef, FieldKey, Selection};
use skillgate_domain::ids::{ExpansionId, TezAddress, TezId};
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::tez::expansion::{
    Decision, Expansion, ExpansionFault, ExpansionState, FieldVerdict, note,
};
use skillgate_domain::tez::{
    ContextItem, ContextSource, Layer, TezDraft, TezKind, Urgency, Visibility,
};
use std::collections::{BTreeMap, BTreeSet};

/// What is said of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Of each field that was asked for, whether it is let out.
    pub verdicts: BTreeMap<String, FieldVerdict>,
    /// What there is to say about it.
    pub note: Option<String>,
}

impl Expansions {
    /// Says of each field that somebody asked for whether it is let out, once. What is, is read from the CRM
    /// as the caller and answered to whoever asked.
    pub async fn decide(
        &self,
        caller: &Principal,
        tez: TezId,
        id: ExpansionId,
        decided: &Decided,
    ) -> Result<Standing, ExpansionError> {
        let done = self.decide_if_allowed(caller, tez, id, decided).await;
        self.recorded(caller, Action::DecideExpansion, tez, done)
            .await
    }

    async fn decide_if_allowed(
        &self,
        caller: &Principal,
        tez: TezId,
        id: ExpansionId,
        decided: &Decided,
    ) -> Result<Standing, ExpansionError> {
        let permitted = self.relay.permit(caller, Action::DecideExpansion).await?;
        let of = Behalf::of(caller);
        let found = self.relay.visible(&of.user, tez).await?.tez;
        permitted.in_team(found.head.team)?;
        if found.head.sender != of.user.user {
            let why = "whoever shared the Tez decides what else is let out";
            return Err(RelayError::NotYours(why).into());
        }
        let expansion = self.waiting(caller, tez, id).await?;
        let approved = expansion.approved_by(&decided.verdicts)?;
        let note = note(decided.note.as_deref())?;
        let reply = if approved.is_empty() {
            None
        } else {
            let answer = self.answer(caller, &found, &expansion, &approved, note.as_deref());
            Some(answer.await?)
        };
        let now = self.now();
        let place = Place {
            id: TezId::new(self.relay.entropy.uuid()),
            thread: found.head.thread,
            parent: Some(found.head.id),
        };
        let reply = reply.map(|draft| self.relay.kept(&of, place, draft, now));
        let decision = Decision {
            at: now,
            approved,
            note,
            reply: reply.as_ref().map(|reply| reply.head.id),
        };
        self.keep(&of, expansion, decision, reply.as_ref()).await
    }

    async fn waiting(
        &self,
        caller: &Principal,
        tez: TezId,
        id: ExpansionId,
    ) -> Result<Expansion, ExpansionError> {
        let found = self.store.find_expansion(&caller.community, tez, id);
        let expansion = found.await?.ok_or(ExpansionError::NotFound)?;
        match expansion.state(self.now()) {
            ExpansionState::Pending => Ok(expansion),
            ExpansionState::Expired => Err(ExpansionError::Expired),
            ExpansionState::Answered | ExpansionState::Refused => Err(ExpansionError::Decided),
        }
    }

    /// Reads what is let out, and drafts the Tez that hands it over.
    async fn answer(
        &self,
        caller: &Principal,
        asked_about: &KeptTez,
        expansion: &Expansion,
        approved: &BTreeSet<String>,
        note: Option<&str>,
    ) -> Result<TezDraft, ExpansionError> {
        if item(asked_about, expansion.context)?.redaction.is_some() {
            return Err(ExpansionError::Redacted);
        }
        let (object, id) = expansion.record;
        let keys = approved.iter();
        let keys = keys.filter_map(|name| FieldKey::from_name(object, name));
        let agreed: Selection = keys.collect();
        let target = EntryRef { object, id };
        let snapshot = self.records.expanded(caller, target, &agreed).await?;
        if let Some(name) = agreed.first_outside(&snapshot.let_out) {
            return Err(ExpansionFault::NotLetOut(name.to_owned()).into());
        }
        let draft = TezDraft {
            team: asked_about.head.team,
            kind: TezKind::Update,
            urgency: Urgency::Normal,
            visibility: Visibility::Dm,
            surface_text: surface_text(expansion, approved, &snapshot, note),
            action_requested: None,
            recipients: vec![address(expansion)?],
            context: vec![ContextItem {
                layer: Layer::Artifact,
                content: snapshot.content(),
                mime_type: None,
                confidence: None,
                source: ContextSource::Verified,
                derived_from: Some(format!("asked of the item {}", expansion.context)),
                provenance: Some(snapshot.provenance()),
            }],
        };
        Ok(draft.checked()?)
    }

    async fn keep(
        &self,
        of: &Behalf,
        expansion: Expansion,
        decision: Decision,
        reply: Option<&KeptTez>,
    ) -> Result<Standing, ExpansionError> {
        let after = Expansion {
            decision: Some(decision.clone()),
            ..expansion.clone()
        };
        let (action, target) = (Action::DecideExpansion, Target::Tez(expansion.tez));
        let decided = self.relay.change(of, action, target, facts(&after));
        let mut changes = vec![decided];
        changes.extend(reply.map(|reply| self.relay.record(of, Action::ReplyTez, reply)));
        let put = self
            .store
            .decide_expansion(&expansion, &decision, reply, &changes);
        match put.await? {
            DecisionPut::Kept => Ok(Standing::of(after, decision.at)),
            DecisionPut::Closed if expansion.expires_at <= decision.at => {
                Err(ExpansionError::Expired)
            }
            DecisionPut::Closed => Err(ExpansionError::Decided),
            DecisionPut::ThreadFull => {
                let why = "this thread has no place for another Tez";
                Err(RelayError::Full(why).into())
            }
        }
    }
}

fn address(expansion: &Expansion) -> Result<TezAddress, RelayError> {
    let address = TezAddress::parse(expansion.asker.as_str());
    address.map_err(|why| RelayError::Invalid(why.to_string()))
}

/// What people read first: which fields there are, which hold nothing, and which are not let out.
fn surface_text(
    expansion: &Expansion,
    approved: &BTreeSet<String>,
    snapshot: &Snapshot,
    note: Option<&str>,
) -> String {
    let told: BTreeSet<_> = snapshot.provenance().fields.into_iter().collect();
    let object = expansion.record.0.name();
    let mut parts = vec![format!("What you asked for of the {object}.")];
    let lists: [(&str, Vec<&String>); 3] = [
        ("Let out", told.iter().collect()),
        ("Empty there", approved.difference(&told).collect()),
        (
            "Not let out",
            expansion.fields.difference(approved).collect(),
        ),
    ];
    for (words, names) in lists {
        let names: Vec<_> = names.into_iter().map(String::as_str).collect();
        if !names.is_empty() {
            parts.push(format!("{words}: {}.", names.join(", ")));
        }
    }
    parts.extend(note.map(|note| format!("\n{note}")));
    parts.join("\n")
}
