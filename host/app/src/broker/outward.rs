//! What reaches others: a Tez, an e-mail, a calendar entry, a question to an agent.
//!
//! Like a write to the CRM it is decided first, counted, recorded before it leaves and after; in a call
//! that plans it becomes an effect.

use super::outside::{Outside, OutsideError};
use super::write::Write;
use super::{Broker, BrokerError, Performed};
use crate::access::AccessError;
use crate::journal::Request;
use crate::ports::{PROMPT_BYTES_MAX, PlannedText, PlannerRequest, RelayUser};
use crate::run::Run;
use secrecy::SecretString;
use serde_json::{Value, json};
use skillgate_domain::audit::Outcome;
use skillgate_domain::capability::Interface;
use skillgate_domain::crm::EntryRef;
use skillgate_domain::ids::{EffectId, TezId};
use skillgate_domain::plan::{Effect, Outward, Receipt};
use skillgate_domain::policy::{Resource, ResourceKind, Sharing};
use skillgate_domain::principal::Action;
use skillgate_domain::tez::{ContextItem, ContextSource, Layer, TezDraft};
use skillgate_domain::time::Timestamp;
use skillgate_domain::workspace::{
    ACTION_DURATION_MAX, ADDRESS_CHARS_MAX, BODY_CHARS_MAX, CalendarAction, Email,
    SUBJECT_CHARS_MAX, SUMMARY_CHARS_MAX,
};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Most questions to the planner in one call.
pub const QUESTIONS_MAX: u32 = 4;

/// What a guest puts into a Tez.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuestContext {
    /// What the community lets out of a record.
    Record(EntryRef),
    /// Words of its own.
    Words(ContextItem),
}

/// What came of something that reaches others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// It is an effect of the plan.
    Planned,
    /// It happened, and this was answered: JSON.
    Done(String),
}

impl Broker {
    /// Hands a Tez over. Its context comes apart from it, since the host reads the records in it.
    pub async fn share(
        &self,
        run: &Run,
        mut draft: TezDraft,
        context: Vec<GuestContext>,
    ) -> Result<Sent, BrokerError> {
        for item in context {
            draft.context.push(match item {
                GuestContext::Words(words) => words,
                GuestContext::Record(target) => self.item(run, target).await?,
            });
        }
        let draft = draft.checked();
        let draft = draft.map_err(|fault| OutsideError::Invalid(fault.to_string()));
        self.send_out(run, draft.map(Outward::ShareTez)?).await
    }

    /// Sends an e-mail.
    pub async fn send_email(&self, run: &Run, email: Email) -> Result<Sent, BrokerError> {
        check_email(&email)?;
        self.send_out(run, Outward::SendEmail(email)).await
    }

    /// Writes into the calendar.
    pub async fn log_action(&self, run: &Run, action: CalendarAction) -> Result<Sent, BrokerError> {
        check_action(&action)?;
        self.send_out(run, Outward::LogAction(action)).await
    }

    /// Tells whether there is a planner.
    pub fn has_planner(&self) -> bool {
        let outside = self.outside.as_ref();
        outside.is_some_and(|outside| outside.planner.is_some())
    }

    /// Tells whether there is a workspace.
    pub fn has_workspace(&self) -> bool {
        let outside = self.outside.as_ref();
        outside.is_some_and(|outside| outside.workspace.is_some())
    }

    /// Has an agent think about something.
    pub async fn ask(
        &self,
        run: &Run,
        (prompt, model, temperature): (String, Option<String>, Option<f64>),
    ) -> Result<PlannedText, BrokerError> {
        let request = PlannerRequest {
            community: run.principal.community.clone(),
            user: run.principal.user.clone(),
            prompt,
            model,
            temperature,
        };
        let live = self.ask_live(run, &request);
        run.host_calls().crm(Request::Ask(&request), live).await
    }

    async fn ask_live(
        &self,
        run: &Run,
        request: &PlannerRequest,
    ) -> Result<PlannedText, BrokerError> {
        if request.prompt.is_empty() || request.prompt.len() > PROMPT_BYTES_MAX {
            let rule = format!("a prompt has 1 to {PROMPT_BYTES_MAX} bytes");
            return Err(OutsideError::Invalid(rule).into());
        }
        // First of all, since who may ask what is not there need not be judged.
        let planner = self.outside()?.planner.as_ref();
        let planner = planner.ok_or(OutsideError::NotConfigured)?;
        self.still_granted(run).await?;
        granted(run, Interface::Planner, false)?;
        let community = ResourceKind::Community;
        self.permitted(run, Action::AskPlanner, community).await?;
        if !run.spend_question(QUESTIONS_MAX) {
            return Err(OutsideError::AskedEnough.into());
        }
        Ok(planner.plan(request).await.map_err(OutsideError::from)?)
    }

    /// What the community lets out of a record, as an item of context that can be trusted.
    async fn item(&self, run: &Run, target: EntryRef) -> Result<ContextItem, BrokerError> {
        let snapshot = self.snapshot(run, target).await?;
        Ok(ContextItem {
            layer: Layer::Artifact,
            content: snapshot.content(),
            mime_type: None,
            confidence: None,
            source: ContextSource::Verified,
            derived_from: None,
            provenance: Some(snapshot.provenance()),
        })
    }

    async fn send_out(&self, run: &Run, outward: Outward) -> Result<Sent, BrokerError> {
        let live = self.send_out_live(run, &outward);
        run.host_calls().crm(Request::Outward(&outward), live).await
    }

    async fn send_out_live(&self, run: &Run, outward: &Outward) -> Result<Sent, BrokerError> {
        self.still_granted(run).await?;
        self.permit_outward(run, outward).await?;
        let id = EffectId::new(self.entropy.uuid());
        if run.draft().is_some() {
            let outward = outward.clone();
            self.plan(run, Effect::Outward { id, outward }).await?;
            return Ok(Sent::Planned);
        }
        let write = Write::outward(id, outward);
        let call = self.carry_out(run, id, outward);
        let (answer, outcome) = self.attempt(run, &write, call).await?;
        self.trail.recorder().hand_over(outcome).await;
        Ok(Sent::Done(answer?))
    }

    /// Asks grant, token and policies whether this may reach others.
    pub(super) async fn permit_outward(
        &self,
        run: &Run,
        outward: &Outward,
    ) -> Result<(), BrokerError> {
        granted(run, outward.interface(), true)?;
        let kind = match outward {
            Outward::ShareTez(draft) => ResourceKind::Sharing(Box::new(Sharing::of(draft))),
            Outward::SendEmail(_) | Outward::LogAction(_) => ResourceKind::Community,
            Outward::Request(request) => {
                super::http::allowed(run, request.method, &request.target)?;
                ResourceKind::Skill(run.skill.clone())
            }
        };
        let confirmed_first = self.judged(run, outward.action(), kind).await?;
        if !confirmed_first && !run.right.confirms_all() {
            return Ok(());
        }
        if run.right.is_confirmed() {
            run.plans_to_confirm();
            return Ok(());
        }
        run.denied("requires-confirmation");
        Err(OutsideError::RequiresConfirmation.into())
    }

    /// Asks the policies, where nothing changes elsewhere: a person need not confirm it.
    pub(super) async fn permitted(
        &self,
        run: &Run,
        action: Action,
        kind: ResourceKind,
    ) -> Result<(), BrokerError> {
        self.judged(run, action, kind).await.map(drop)
    }

    /// Asks the policies. Tells whether they want a person to confirm it first.
    async fn judged(
        &self,
        run: &Run,
        action: Action,
        kind: ResourceKind,
    ) -> Result<bool, BrokerError> {
        let resource = Resource::of(&run.principal.community, kind);
        let access = Arc::clone(&self.outside()?.access);
        let caller = run.principal.clone();
        // A guest runs on a stack of its own, of which the language of policies knows no end: it would
        // not evaluate anything there. A task of its own has a stack as usual.
        let mut asked = JoinSet::new();
        asked.spawn(async move { access.permit(&caller, action, &resource).await });
        let Some(Ok(answer)) = asked.join_next().await else {
            return Err(BrokerError::Unsure);
        };
        match answer {
            Ok(()) => Ok(false),
            Err(AccessError::Refused(refusal)) if refusal.basis.requires_confirmation() => Ok(true),
            Err(AccessError::Refused(refusal)) => {
                run.denied("policy-denied");
                Err(OutsideError::Forbidden(refusal).into())
            }
            Err(AccessError::Storage(error)) => {
                tracing::error!("policies could not be looked at: {error}");
                Err(BrokerError::Unsure)
            }
        }
    }

    pub(super) fn outside(&self) -> Result<&Outside, OutsideError> {
        let outside = self.outside.as_deref();
        outside.ok_or(OutsideError::NotConfigured)
    }

    /// Lets it happen. Returns what the other side answered, as JSON.
    async fn carry_out(
        &self,
        run: &Run,
        id: EffectId,
        outward: &Outward,
    ) -> Result<String, OutsideError> {
        let outside = self.outside()?;
        let workspace = || {
            let workspace = outside.workspace.as_ref();
            workspace.ok_or(OutsideError::NotConfigured)
        };
        let token = run.principal.foreign.as_ref();
        let token = token.map(|token| SecretString::from(token.expose()));
        let answer = match outward {
            Outward::ShareTez(draft) => {
                let tez = TezId::new(id.uuid());
                let shared = outside.relay.share(&on_behalf(run), tez, draft).await?;
                return Ok(shared_answer(shared.id, shared.thread));
            }
            Outward::SendEmail(email) => workspace()?.send_email(token.as_ref(), email).await?,
            Outward::LogAction(action) => workspace()?.log_action(token.as_ref(), action).await?,
            Outward::Request(request) => {
                let answer = self.exchange(run, request).await?;
                return Ok(json!({ "status": answer.status }).to_string());
            }
        };
        let payload = answer.payload.unwrap_or(Value::Null);
        Ok(json!({ "status": answer.status, "payload": payload }).to_string())
    }

    /// Makes an effect of a plan happen. Where somebody may have tried before, nothing is sent again that
    /// cannot be looked up.
    pub(super) async fn perform_outward(
        &self,
        run: &Run,
        (id, outward): (EffectId, &Outward),
        (write, begun): (&Write, Option<Timestamp>),
    ) -> Result<Performed, BrokerError> {
        if let Some(since) = begun {
            let found = self.find_out(run, id, outward, since).await;
            let (receipt, outcome) = match found {
                Some(Some(answer)) => (Receipt::Answered(answer), Outcome::Done),
                Some(None) => return self.send_effect(run, id, outward, write).await,
                None => (Receipt::Unknown, Outcome::Unknown),
            };
            let record = self.unsent(run, write, outcome);
            return Ok(Performed { receipt, record });
        }
        self.send_effect(run, id, outward, write).await
    }

    async fn send_effect(
        &self,
        run: &Run,
        id: EffectId,
        outward: &Outward,
        write: &Write,
    ) -> Result<Performed, BrokerError> {
        let call = self.carry_out(run, id, outward);
        let (answer, record) = self.attempt(run, write, call).await?;
        let receipt = match answer {
            Ok(answer) => Receipt::Answered(answer),
            Err(error) => match BrokerError::from(error) {
                error if error.told().code == super::ErrorCode::OutcomeUnknown => Receipt::Unknown,
                error => Receipt::Failed(error.code().to_owned()),
            },
        };
        Ok(Performed { receipt, record })
    }

    /// Looks what an earlier attempt left: something, surely nothing, or nobody can tell.
    async fn find_out(
        &self,
        run: &Run,
        id: EffectId,
        outward: &Outward,
        since: Timestamp,
    ) -> Option<Option<String>> {
        let Outward::ShareTez(draft) = outward else {
            return None;
        };
        let relay = &self.outside().ok()?.relay;
        let tez = TezId::new(id.uuid());
        let found = relay.find_shared(&on_behalf(run), tez, draft, since).await;
        let found = found.ok()?;
        Some(found.map(|shared| shared_answer(shared.id, shared.thread)))
    }
}

/// Asks grant, token and tool; `changes` says that something changes elsewhere.
pub(super) fn granted(run: &Run, interface: Interface, changes: bool) -> Result<(), OutsideError> {
    if run.right.reaches(interface, changes) {
        return Ok(());
    }
    run.denied("not-granted");
    Err(OutsideError::NotGranted)
}

pub(super) fn on_behalf(run: &Run) -> RelayUser {
    RelayUser {
        community: run.principal.community.clone(),
        user: run.principal.user.clone(),
    }
}

fn shared_answer(id: TezId, thread: TezId) -> String {
    json!({ "tezId": id.to_string(), "threadId": thread.to_string() }).to_string()
}

fn check_email(email: &Email) -> Result<(), OutsideError> {
    address("sender", &email.from)?;
    address("to", &email.to)?;
    text("subject", &email.subject, SUBJECT_CHARS_MAX)?;
    if email.subject.chars().any(char::is_control) {
        return Err(OutsideError::Invalid("subject is one line".to_owned()));
    }
    text("body", &email.body, BODY_CHARS_MAX)
}

fn check_action(action: &CalendarAction) -> Result<(), OutsideError> {
    address("assistant", &action.assistant)?;
    text("summary", &action.summary, SUMMARY_CHARS_MAX)?;
    if action.duration.is_zero() || action.duration > ACTION_DURATION_MAX {
        let max = ACTION_DURATION_MAX.as_millis();
        return Err(OutsideError::Invalid(format!("duration-ms is 1 to {max}")));
    }
    Ok(())
}

/// One address: a name, a sign, a host, and nothing that a header could be made of.
fn address(what: &str, text: &str) -> Result<(), OutsideError> {
    let plain = |part: &str| {
        let odd = |c: char| c.is_control() || c.is_whitespace() || ",;<>\"".contains(c);
        !part.is_empty() && !part.contains(odd)
    };
    let whole = text.chars().count() <= ADDRESS_CHARS_MAX
        && text
            .split_once('@')
            .is_some_and(|(name, host)| plain(name) && plain(host) && !host.contains('@'));
    whole
        .then_some(())
        .ok_or_else(|| OutsideError::Invalid(format!("{what} is one e-mail address")))
}

fn text(what: &str, text: &str, chars_max: usize) -> Result<(), OutsideError> {
    let whole = !text.trim().is_empty() && text.chars().count() <= chars_max;
    whole
        .then_some(())
        .ok_or_else(|| OutsideError::Invalid(format!("{what} has 1 to {chars_max} characters")))
}
