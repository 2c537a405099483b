//! The broker: what a skill reaches, it reaches through here. Check, spend, call, redact.
//!
//! Every method decides on the run's right before it touches a port, and opens what comes back with
//! the pass of that decision.

mod apply;
mod check;
mod error;
mod fault;
mod files;
mod host_calls;
mod http;
mod outside;
mod outward;
mod plan;
mod recent;
mod snapshot;
mod state;
mod tasks;
mod tez;
mod write;

pub use apply::Performed;
pub use error::{BrokerError, ErrorCode, Told};
pub use fault::{Fault, ScratchFault};
pub use files::Filed;
pub(crate) use files::{FileCall, RunScratch};
pub use http::Answered;
pub use outside::{Outside, OutsideError, Requests};
pub use outward::{GuestContext, QUESTIONS_MAX, Sent};
pub(crate) use state::PlannedState;
pub use state::StateQuery;
pub use tasks::{ABOUT_MAX, CANDIDATES_MAX, DueTasks, UpsertedTask};
pub use tez::TezLine;
pub use write::WRITE_GRACE;

use crate::audit::Trail;
use crate::budgets::WriteBudgets;
use crate::ports::{
    Clock, Crm, CrmError, Entropy, RightsInForce, ScratchSpace, SettingsInForce, ShippedSettings,
    StateStore,
};
use crate::reads::Reads;
use crate::run::Run;
use serde::{Deserialize, Serialize};
use skillgate_domain::capability::Verb;
use skillgate_domain::crm::{
    Changes, Comparison, EntryRef, FieldKey, Filter, FilterKey, Link, ObjectKind, Page, Query,
    Record, Selection,
};
use skillgate_domain::grant::{EndCause, GrantStatus};
use skillgate_domain::ids::RecordId;
use skillgate_domain::limits::LOG_LINE_BYTES_MAX;
use skillgate_domain::right::{CrmAction, Decision, Denial, DenialCause, Pass, Unredacted};
use skillgate_domain::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use write::Write;

/// What an upsert found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upserted {
    /// Nothing; the record is new.
    Created,
    /// The record, which was changed.
    Updated,
}

/// How much a log line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the usual levels")]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

impl LogLevel {
    /// Returns the level's name in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// Answers the host calls of skills.
pub struct Broker {
    /// Asked each time; writes leave through it.
    crm: Arc<dyn Crm>,
    /// The same, and what was read of it a moment ago.
    reads: Arc<Reads>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    rights: Arc<dyn RightsInForce>,
    budgets: Arc<WriteBudgets>,
    trail: Trail,
    settings: Arc<dyn SettingsInForce>,
    outside: Option<Arc<Outside>>,
    state: Option<Arc<dyn StateStore>>,
    scratches: Option<Arc<dyn ScratchSpace>>,
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Broker")
    }
}

impl Broker {
    /// Wires the broker to its ports.
    pub fn new(
        crm: Arc<dyn Crm>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        rights: Arc<dyn RightsInForce>,
        budgets: Arc<WriteBudgets>,
        trail: Trail,
    ) -> Self {
        let reads = Reads::new(crm, Arc::clone(&clock), Duration::ZERO);
        let reads = Arc::new(reads);
        Self {
            crm: reads.clone(),
            reads,
            clock,
            entropy,
            rights,
            budgets,
            trail,
            settings: Arc::new(ShippedSettings),
            outside: None,
            state: None,
            scratches: None,
        }
    }

    /// Answers from what was read a moment ago, where a call may rest on that. `reads` leads to the CRM.
    #[must_use]
    pub fn reading(self, reads: Arc<Reads>) -> Self {
        Self {
            crm: reads.clone(),
            reads,
            ..self
        }
    }

    /// Reaches others through `outside`.
    #[must_use]
    pub fn reaching(self, outside: Outside) -> Self {
        let outside = Some(Arc::new(outside));
        Self { outside, ..self }
    }

    /// Keeps in `state` what skills want to know again in their next call.
    #[must_use]
    pub fn keeping(self, state: Arc<dyn StateStore>) -> Self {
        let state = Some(state);
        Self { state, ..self }
    }

    /// Makes the scratch folders of calls in `scratches`.
    #[must_use]
    pub fn with_files(self, scratches: Arc<dyn ScratchSpace>) -> Self {
        let scratches = Some(scratches);
        Self { scratches, ..self }
    }

    /// Goes by what the admins of communities decide, in the place of what is shipped.
    #[must_use]
    pub fn under(self, settings: Arc<dyn SettingsInForce>) -> Self {
        Self { settings, ..self }
    }

    async fn get_live(&self, run: &Run, target: EntryRef) -> Result<Record, BrokerError> {
        self.still_granted(run).await?;
        Ok(self.read_granted(run, target).await?.0)
    }

    /// Reads a record. Returns it as the caller may see it, and when the CRM was asked for it.
    async fn read_granted(
        &self,
        run: &Run,
        target: EntryRef,
    ) -> Result<(Record, Timestamp), BrokerError> {
        let nothing = Selection::default();
        let pass = decide(run, &CrmAction::Read(target.object, &nothing))?;
        within(run, Verb::Read, target)?;
        run.spend_read()?;
        let (found, at) = self.seen(run, target, wanted(&pass)).await?;
        Ok((shown(run, &pass, found), at))
    }

    async fn search_live(&self, run: &Run, query: &Query) -> Result<Page<Record>, BrokerError> {
        check::query(query)?;
        self.still_granted(run).await?;
        let compared = check::compared(query);
        let pass = decide(run, &CrmAction::Read(query.object, &compared))?;
        if let Some(target) = query.linked_to {
            decide(run, &CrmAction::Read(target.object, &Selection::default()))?;
            within(run, Verb::Read, target)?;
        }
        run.spend_read()?;
        let narrowed = run.among(query.object).map(|among| Query {
            among: Some(among),
            ..query.clone()
        });
        let query = narrowed.as_ref().unwrap_or(query);
        let found = self
            .crm
            .search(&run.principal.community, query, wanted(&pass))
            .await;
        let page = told(run, found)?;
        Ok(Page {
            items: page
                .items
                .into_iter()
                .map(|record| shown(run, &pass, plan::amended(run, record)))
                .collect(),
            next_cursor: page.next_cursor,
            total: page.total,
        })
    }

    async fn create_live(&self, run: &Run, changes: &Changes) -> Result<Record, BrokerError> {
        check::changes(changes)?;
        self.still_granted(run).await?;
        let touched = changes.touched();
        let pass = decide(run, &CrmAction::Create(changes.object, &touched))?;
        self.create_allowed(run, changes, &pass).await
    }

    async fn update_live(
        &self,
        run: &Run,
        id: RecordId,
        changes: &Changes,
    ) -> Result<Record, BrokerError> {
        check::changes(changes)?;
        self.still_granted(run).await?;
        let touched = changes.touched();
        let pass = decide(run, &CrmAction::Update(changes.object, &touched))?;
        self.update_allowed(run, id, changes, &pass).await
    }

    async fn upsert_live(
        &self,
        run: &Run,
        changes: &Changes,
    ) -> Result<(Upserted, Record), BrokerError> {
        check::changes(changes)?;
        let by_key = check::unique_value(changes)?;
        self.still_granted(run).await?;
        let touched = changes.touched();
        let key: Selection = by_key.compared();
        decide(run, &CrmAction::Read(changes.object, &key))?;
        let create = decide(run, &CrmAction::Create(changes.object, &touched))?;
        let update = decide(run, &CrmAction::Update(changes.object, &touched))?;
        if let Some(id) = self.holder(run, &by_key).await? {
            may_be_known(run, changes.object, id)?;
            let record = self.update_allowed(run, id, changes, &update).await?;
            return Ok((Upserted::Updated, record));
        }
        match self.create_allowed(run, changes, &create).await {
            // Somebody else created it between our look and our write.
            Err(BrokerError::Crm(CrmError::Conflict { .. })) => {
                let holder = self.holder(run, &by_key).await?;
                let id = holder.ok_or(BrokerError::Crm(CrmError::Conflict { holder: None }))?;
                may_be_known(run, changes.object, id)?;
                let record = self.update_allowed(run, id, changes, &update).await?;
                Ok((Upserted::Updated, record))
            }
            created => Ok((Upserted::Created, created?)),
        }
    }

    async fn link_live(&self, run: &Run, link: &Link) -> Result<(), BrokerError> {
        check::link(link)?;
        self.still_granted(run).await?;
        decide(
            run,
            &CrmAction::Read(link.target.object, &Selection::default()),
        )?;
        decide(run, &CrmAction::Link(*link))?;
        within(run, Verb::Link, link.source)?;
        within(run, Verb::Read, link.target)?;
        let id = RecordId::new(self.entropy.uuid());
        if run.draft().is_some() {
            return self.plan_link(run, id, link).await;
        }
        let call = self.crm.link(&run.principal.community, id, link);
        self.written(run, Write::link(link), call).await
    }

    /// Writes a line to the operator's log, cut to its limit, while the call has lines left.
    pub fn log(&self, run: &Run, level: LogLevel, message: &str) {
        if !run.spend_log_line() {
            return;
        }
        let message = cut(message, LOG_LINE_BYTES_MAX);
        if !run.host_calls().log(level, message) {
            return;
        }
        let line = message.escape_debug().to_string();
        let (skill, request) = (run.skill.as_str(), run.request().as_str());
        match level {
            LogLevel::Debug => {
                tracing::debug!(skill.name = skill, request.id = request, "guest: {line}");
            }
            LogLevel::Info => {
                tracing::info!(skill.name = skill, request.id = request, "guest: {line}");
            }
            LogLevel::Warn => {
                tracing::warn!(skill.name = skill, request.id = request, "guest: {line}");
            }
            LogLevel::Error => {
                tracing::error!(skill.name = skill, request.id = request, "guest: {line}");
            }
        }
    }

    /// Returns the time of day in milliseconds since the Unix epoch.
    pub fn now_ms(&self, run: &Run) -> u64 {
        let live = || u64::try_from(self.clock.now().unix_ms()).unwrap_or(0);
        run.host_calls().clock(live)
    }

    /// Asks, at each host call, whether the grant and the token that the call began under are still in
    /// force: what is taken back or stopped ends with the next host call of whatever runs. A grant that
    /// another one replaced lets its calls end under it, so that an upgrade under load loses none.
    async fn still_granted(&self, run: &Run) -> Result<(), BrokerError> {
        let rights = &self.rights;
        let grant = async {
            match run.grant {
                Some(id) => rights.grant_status(&run.principal.community, id).await,
                None => Ok(GrantStatus::InForce),
            }
        };
        let token = async {
            match run.principal.token {
                Some(id) => rights.token_revoked(id).await,
                None => Ok(false),
            }
        };
        let asked = tokio::try_join!(grant, token).map_err(|error| {
            tracing::error!("a grant and its token could not be looked at: {error}");
            BrokerError::Unsure
        });
        let ended = match asked? {
            (_, true) => Some("token-revoked"),
            (GrantStatus::Ended(EndCause::Replaced), _) => None,
            (status, _) => status.refusal(),
        };
        let Some(code) = ended else {
            return Ok(());
        };
        run.denied(code);
        Err(BrokerError::Ended(code))
    }

    async fn create_allowed(
        &self,
        run: &Run,
        changes: &Changes,
        pass: &Pass<'_>,
    ) -> Result<Record, BrokerError> {
        let id = RecordId::new(self.entropy.uuid());
        if run.draft().is_some() {
            let made = self.plan_create(run, id, changes).await?;
            run.created(entry(changes.object, id));
            return Ok(shown(run, pass, made));
        }
        let call = self
            .crm
            .create(&run.principal.community, id, changes, wanted(pass));
        let write = Write::of(Verb::Create, id, changes);
        let made = self.written(run, write, call).await;
        let made = made.map_err(|error| without_holder(run, changes.object, error))?;
        run.created(entry(changes.object, made.id()));
        Ok(shown(run, pass, made))
    }

    async fn update_allowed(
        &self,
        run: &Run,
        id: RecordId,
        changes: &Changes,
        pass: &Pass<'_>,
    ) -> Result<Record, BrokerError> {
        within(run, Verb::Update, entry(changes.object, id))?;
        if run.draft().is_some() {
            let record = self.plan_update(run, id, changes, pass).await?;
            return Ok(shown(run, pass, record));
        }
        let call = self
            .crm
            .update(&run.principal.community, id, changes, wanted(pass));
        let write = Write::of(Verb::Update, id, changes);
        let record = self.written(run, write, call).await?;
        Ok(shown(run, pass, record))
    }

    async fn holder(
        &self,
        run: &Run,
        by: &check::UniqueValue,
    ) -> Result<Option<RecordId>, BrokerError> {
        run.spend_read()?;
        self.look_up_holder(run, by).await
    }

    async fn look_up_holder(
        &self,
        run: &Run,
        by: &check::UniqueValue,
    ) -> Result<Option<RecordId>, BrokerError> {
        let key = FieldKey::Standard(by.field);
        if let Some(draft) = run.draft()
            && let Some(planned) = draft.holder(by.field.object(), &key, &by.value)
        {
            return Ok(Some(planned));
        }
        let filter = Filter {
            key: FilterKey::Field(key),
            comparison: Comparison::Equals(by.value.clone()),
        };
        let query = Query {
            filters: vec![filter],
            limit: 1,
            ..Query::everything(by.field.object())
        };
        let found = self
            .crm
            .search(&run.principal.community, &query, &Selection::default())
            .await;
        Ok(told(run, found)?.items.first().map(Unredacted::id))
    }
}

fn decide<'a>(run: &'a Run, action: &CrmAction<'_>) -> Result<Pass<'a>, BrokerError> {
    match run.right.decide(action) {
        Decision::Allow(pass) => Ok(pass),
        Decision::Deny(denial) => Err(refused(run, denial)),
    }
}

fn refused(run: &Run, denial: Denial) -> BrokerError {
    run.denied(denial.code());
    tracing::info!(
        skill.name = run.skill.as_str(),
        request.id = run.request().as_str(),
        denial.code = denial.code(),
        "host call refused: {denial}"
    );
    BrokerError::Denied(denial)
}

/// Refuses a record that a narrowed call is not for, whether it exists or not.
fn within(run: &Run, verb: Verb, record: EntryRef) -> Result<(), BrokerError> {
    if run.reaches(record) {
        return Ok(());
    }
    let denial = Denial {
        object: record.object,
        verb,
        cause: DenialCause::OutsideRecordScope,
    };
    Err(refused(run, denial))
}

/// Refuses to go on with a record that holds a unique value, where a narrowed call is not for it. That
/// the value is taken cannot be hidden; who holds it can.
fn may_be_known(run: &Run, object: ObjectKind, holder: RecordId) -> Result<(), BrokerError> {
    let known = run.reaches(entry(object, holder));
    let conflict = BrokerError::Crm(CrmError::Conflict { holder: None });
    known.then_some(()).ok_or(conflict)
}

fn without_holder(run: &Run, object: ObjectKind, error: BrokerError) -> BrokerError {
    match error {
        BrokerError::Crm(CrmError::Conflict { holder: Some(id) })
            if !run.reaches(entry(object, id)) =>
        {
            BrokerError::Crm(CrmError::Conflict { holder: None })
        }
        other => other,
    }
}

const fn entry(object: ObjectKind, id: RecordId) -> EntryRef {
    EntryRef { object, id }
}

/// Redacts a record and remembers what the guest sees of it.
fn shown(run: &Run, pass: &Pass<'_>, record: Unredacted) -> Record {
    let record = pass.redact(record);
    run.saw(&record);
    record
}

fn wanted<'a>(pass: &'a Pass<'_>) -> &'a Selection {
    static NOTHING: Selection = Selection::EMPTY;
    pass.readable().unwrap_or(&NOTHING)
}

/// Logs a failure of the CRM once, where it becomes the guest's. What the guest asked for in vain is no
/// failure of the CRM.
fn told<T>(run: &Run, answer: Result<T, CrmError>) -> Result<T, BrokerError> {
    answer.map_err(|error| {
        let (skill, request) = (run.skill.as_str(), run.request().as_str());
        match error {
            CrmError::NotFound | CrmError::Conflict { .. } | CrmError::Invalid(_) => {
                tracing::debug!(
                    skill.name = skill,
                    request.id = request,
                    "host call: {error}"
                );
            }
            _ => tracing::warn!(
                skill.name = skill,
                request.id = request,
                "host call failed: {error}"
            ),
        }
        BrokerError::Crm(error)
    })
}

fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

#[cfg(test)]
mod tests;
