use super::crm_decode as decode;
use crate::bindings::skillgate::skill::tez_sharing as wit;
use crate::bindings::skillgate::skill::types::{Failure, Outcome, TezKind as WitKind, TezUrgency};
use crate::state::State;
use skillgate_app::broker::{BrokerError, GuestContext, Sent};
use skillgate_domain::ids::{Malformed, TeamId, TezAddress};
use skillgate_domain::tez::{
    CONTEXT_ITEMS_MAX, ContextItem, ContextSource, Layer, TezDraft, TezKind, Urgency, Visibility,
};

impl wit::Host for State {
    async fn share(&mut self, draft: wit::Draft) -> wasmtime::Result<Result<Outcome, Failure>> {
        let result = self.share_draft(draft).await;
        self.sent(result)
    }
}

impl State {
    async fn share_draft(&self, draft: wit::Draft) -> Result<Sent, BrokerError> {
        if draft.context.len() > CONTEXT_ITEMS_MAX {
            let rule = format!("a Tez has at most {CONTEXT_ITEMS_MAX} items of context");
            return Err(BrokerError::Invalid(rule));
        }
        let context = draft.context.into_iter().map(item);
        let context: Vec<_> = context.collect::<Result<_, _>>()?;
        let recipients = draft.recipients.iter();
        let recipients = recipients.map(|address| TezAddress::parse(address).map_err(malformed));
        let draft = TezDraft {
            team: TeamId::parse(&draft.team_id).map_err(malformed)?,
            kind: kind(draft.kind),
            urgency: urgency(draft.urgency),
            visibility: visibility(draft.visibility),
            surface_text: draft.surface_text,
            action_requested: draft.action_requested,
            recipients: recipients.collect::<Result<_, _>>()?,
            context: Vec::new(),
        };
        self.broker.share(&self.run, draft, context).await
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape `map_err` takes")]
pub(super) fn malformed(rule: Malformed) -> BrokerError {
    BrokerError::Invalid(rule.to_string())
}

fn item(item: wit::ContextItem) -> Result<GuestContext, BrokerError> {
    Ok(match item {
        wit::ContextItem::OfRecord(target) => GuestContext::Record(decode::entry_ref(&target)?),
        wit::ContextItem::OfWords(words) => GuestContext::Words(ContextItem {
            layer: layer(words.layer),
            content: words.content,
            mime_type: None,
            confidence: None,
            source: match words.source {
                wit::Source::Stated => ContextSource::Stated,
                wit::Source::Inferred => ContextSource::Inferred,
            },
            derived_from: None,
            provenance: None,
        }),
    })
}

const fn kind(kind: WitKind) -> TezKind {
    match kind {
        WitKind::Note => TezKind::Note,
        WitKind::Decision => TezKind::Decision,
        WitKind::Handoff => TezKind::Handoff,
        WitKind::Question => TezKind::Question,
        WitKind::Update => TezKind::Update,
    }
}

const fn urgency(urgency: TezUrgency) -> Urgency {
    match urgency {
        TezUrgency::Critical => Urgency::Critical,
        TezUrgency::High => Urgency::High,
        TezUrgency::Normal => Urgency::Normal,
        TezUrgency::Low => Urgency::Low,
        TezUrgency::Fyi => Urgency::Fyi,
    }
}

const fn visibility(visibility: wit::Visibility) -> Visibility {
    match visibility {
        wit::Visibility::Team => Visibility::Team,
        wit::Visibility::Dm => Visibility::Dm,
        wit::Visibility::Private => Visibility::Private,
    }
}

const fn layer(layer: wit::Layer) -> Layer {
    match layer {
        wit::Layer::Background => Layer::Background,
        wit::Layer::Fact => Layer::Fact,
        wit::Layer::Artifact => Layer::Artifact,
        wit::Layer::Relationship => Layer::Relationship,
        wit::Layer::Constraint => Layer::Constraint,
        wit::Layer::Hint => Layer::Hint,
    }
}
