//! One invocation while it runs: who, with which right, and what it has used up.

use crate::broker::{PlannedState, RunScratch};
use crate::journal::{HostCalls, Journal, Playback, RecordedRun, Recording};
use crate::progress::{self, Audience};
use crate::reads::Fetched;
use skillgate_domain::audit::Touched;
use skillgate_domain::capability::Capabilities;
use skillgate_domain::crm::{EntryRef, FieldKey, ObjectKind, Record, Selection};
use skillgate_domain::grant::Grant;
use skillgate_domain::ids::{ConfigKey, GrantId, InvocationId, RecordId, RequestId, SkillName};
use skillgate_domain::limits::{CallLimits, FILE_CALLS_MAX, HTTP_BYTES_PER_CALL_MAX};
use skillgate_domain::plan::{Draft, Effect, Mode};
use skillgate_domain::policy::Act;
use skillgate_domain::principal::Principal;
use skillgate_domain::right::{PolicyRight, Right};
use skillgate_domain::scope::RecordScope;
use skillgate_domain::sharing::LetOut;
use skillgate_domain::skill::Skill;
use skillgate_domain::state::STATE_CALLS_MAX;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A budget that a call used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// Reads of the CRM.
    CrmReads,
    /// Writes to the CRM.
    CrmWrites,
    /// Writes of the skill in this community within an hour.
    SkillWrites,
    /// Writes of all skills in this community within an hour.
    CommunityWrites,
    /// How often the call reads or changes what its skill keeps.
    StateCalls,
    /// How often the call asks something of its scratch files.
    FileCalls,
    /// Keys that the skill keeps in this community.
    StateKeys,
    /// Bytes that the skill keeps in this community.
    StateBytes,
}

impl Budget {
    /// Returns a stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::CrmReads => "crm-reads",
            Self::CrmWrites => "crm-writes",
            Self::SkillWrites => "skill-writes",
            Self::CommunityWrites => "community-writes",
            Self::StateCalls => "state-calls",
            Self::FileCalls => "file-calls",
            Self::StateKeys => "state-keys",
            Self::StateBytes => "state-bytes",
        }
    }

    /// Returns words for a message.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CrmReads => "CRM reads",
            Self::CrmWrites => "CRM writes",
            Self::SkillWrites => "this skill's CRM writes of the hour",
            Self::CommunityWrites => "the community's CRM writes of the hour",
            Self::StateCalls => "this call's reads and changes of what the skill keeps",
            Self::FileCalls => "this call's calls of its scratch files",
            Self::StateKeys => "the keys that the skill may keep",
            Self::StateBytes => "the bytes that the skill may keep",
        }
    }
}

/// What one call has used.
#[derive(Debug, Default)]
struct Meter {
    crm_reads: AtomicU32,
    crm_writes: AtomicU32,
    log_lines: AtomicU32,
    questions: AtomicU32,
    requests: AtomicU32,
    http_bytes: AtomicUsize,
    state_calls: AtomicU32,
    file_calls: AtomicU32,
}

/// Something that a call was answered from memory.
#[derive(Debug, Clone)]
pub(crate) struct Recent {
    pub(crate) target: EntryRef,
    pub(crate) want: Selection,
    pub(crate) answer: Arc<Fetched>,
}

/// One invocation while it runs.
#[derive(Debug)]
pub struct Run {
    /// Its id.
    pub invocation: InvocationId,
    /// Who asked.
    pub principal: Principal,
    /// The grant it runs under; none where the host itself works.
    pub grant: Option<GrantId>,
    /// The skill that runs.
    pub skill: SkillName,
    /// What it may use.
    pub limits: CallLimits,
    pub(crate) right: Right,
    config: BTreeMap<ConfigKey, String>,
    meter: Meter,
    touched: Mutex<Touched>,
    draft: Option<Mutex<Draft>>,
    planned_state: Mutex<PlannedState>,
    scratch: Arc<RunScratch>,
    passed_on: LetOut,
    host_calls: HostCalls,
    records: Option<Mutex<RecordScope>>,
    audience: Option<Audience>,
    /// Something was planned that reaches others, and that a person must confirm.
    to_confirm: AtomicBool,
    /// At most as many as the call may read.
    recent: Mutex<Vec<Recent>>,
}

impl Run {
    /// Prepares a run of `skill` under `grant` and `permitted` for `principal`.
    pub fn new(
        invocation: InvocationId,
        principal: Principal,
        skill: &Skill,
        grant: Grant,
        permitted: PolicyRight,
    ) -> Self {
        let defaults = skill.config.iter();
        let mut config: BTreeMap<_, _> = defaults
            .filter_map(|(key, setting)| Some((key.clone(), setting.default.clone()?)))
            .collect();
        config.extend(grant.config.clone());
        Self {
            config,
            ..Self::without_guest(invocation, principal, grant, permitted)
        }
    }

    /// Prepares a run in which no guest takes part: the host applies what was planned.
    pub fn without_guest(
        invocation: InvocationId,
        principal: Principal,
        grant: Grant,
        permitted: PolicyRight,
    ) -> Self {
        Self {
            grant: Some(grant.id),
            ..Self::of_host(
                invocation,
                principal,
                grant.skill,
                (grant.capabilities, grant.limits),
                permitted,
            )
        }
    }

    /// Prepares a run of the host's own: what it may do, policies alone say.
    pub(crate) fn of_host(
        invocation: InvocationId,
        principal: Principal,
        skill: SkillName,
        (capabilities, limits): (Capabilities, CallLimits),
        permitted: PolicyRight,
    ) -> Self {
        Self {
            invocation,
            grant: None,
            skill,
            limits,
            right: Right::compile(capabilities, permitted, &principal.scope),
            principal,
            config: BTreeMap::new(),
            meter: Meter::default(),
            touched: Mutex::default(),
            draft: None,
            planned_state: Mutex::default(),
            scratch: Arc::default(),
            passed_on: LetOut::default(),
            host_calls: HostCalls::Unrecorded,
            records: None,
            audience: None,
            to_confirm: AtomicBool::default(),
            recent: Mutex::default(),
        }
    }

    /// Makes this a run that writes nothing: what it would write becomes a plan. What a person must confirm is
    /// planned like everything else.
    #[must_use]
    pub fn in_mode(mut self, mode: Mode) -> Self {
        let plans = mode == Mode::Plan;
        self.draft = plans.then(Mutex::default);
        self.confirmed_if(plans)
    }

    /// Allows what a person must confirm, if one has.
    #[must_use]
    pub(crate) fn confirmed_if(self, confirmed: bool) -> Self {
        if !confirmed {
            return self;
        }
        Self {
            right: self.right.confirmed(),
            ..self
        }
    }

    /// Remembers that something was planned that reaches others, and that a person must confirm.
    pub(crate) fn plans_to_confirm(&self) {
        self.to_confirm.store(true, Ordering::Relaxed);
    }

    /// Tells whether a person must confirm something of what this run planned.
    pub(crate) fn has_to_confirm(&self, effects: &[Effect]) -> bool {
        let confirms = |effect: &Effect| match (effect.act(), effect.record()) {
            (Act::Crm(verb), Some(record)) => self.right.confirms(record.object, verb),
            _ => false,
        };
        self.to_confirm.load(Ordering::Relaxed) || effects.iter().any(confirms)
    }

    /// Takes away everything that changes something, if the tool promises to change nothing.
    #[must_use]
    pub fn reading_only(self, promised: bool) -> Self {
        if !promised {
            return self;
        }
        Self {
            right: self.right.reading_only(),
            ..self
        }
    }

    /// Says what of records may be in what this run passes on.
    #[must_use]
    pub(crate) fn passing_on(self, passed_on: LetOut) -> Self {
        Self { passed_on, ..self }
    }

    /// Returns what of records may be in what this run passes on.
    pub(crate) const fn passed_on(&self) -> &LetOut {
        &self.passed_on
    }

    /// Lets the run's host calls be written into a journal.
    #[must_use]
    pub(crate) fn recorded(mut self, run: RecordedRun) -> Self {
        self.host_calls = HostCalls::Recorded(Recording::begin(run));
        self
    }

    /// Prepares a run that is answered by a journal alone: it has no right to anything.
    pub(crate) fn replayed(
        principal: Principal,
        journal: &Journal,
        playback: Arc<Playback>,
    ) -> Self {
        let nothing = PolicyRight::of(|_, _| false);
        let settings = journal.settings.iter();
        let given = settings.filter_map(|(key, value)| Some((key.clone(), value.clone()?)));
        Self {
            invocation: journal.run.invocation,
            grant: Some(journal.run.grant),
            skill: journal.run.skill.clone(),
            limits: journal.run.limits,
            right: Right::compile(Capabilities::default(), nothing, &principal.scope),
            principal,
            audience: None,
            config: given.collect(),
            meter: Meter::default(),
            touched: Mutex::default(),
            draft: None,
            planned_state: Mutex::default(),
            scratch: Arc::default(),
            passed_on: LetOut::default(),
            records: None,
            to_confirm: AtomicBool::default(),
            recent: Mutex::default(),
            host_calls: HostCalls::Replayed(playback),
        }
    }

    /// Returns where the run's host calls are answered.
    pub(crate) const fn host_calls(&self) -> &HostCalls {
        &self.host_calls
    }

    /// Narrows this to some records, and to those that it creates.
    #[must_use]
    pub fn within(mut self, records: Option<RecordScope>) -> Self {
        self.records = records.map(Mutex::new);
        self
    }

    /// Lets somebody see how far this comes.
    #[must_use]
    pub fn before(self, audience: Option<Audience>) -> Self {
        Self { audience, ..self }
    }

    /// Says how far this has come, if somebody waits to see.
    pub fn report(&self, done: u32, total: Option<u32>, message: Option<&str>) {
        if let Some(audience) = &self.audience {
            progress::tell(audience, done, total, message);
        }
    }

    /// Tells whether a record may be known to the run at all.
    pub(crate) fn reaches(&self, record: EntryRef) -> bool {
        self.records_now()
            .is_none_or(|scope| scope.contains(record))
    }

    /// Returns the records of a kind that the run is narrowed to, if it is.
    pub(crate) fn among(&self, object: ObjectKind) -> Option<BTreeSet<RecordId>> {
        Some(self.records_now()?.ids(object))
    }

    /// Remembers that the run created a record.
    pub(crate) fn created(&self, record: EntryRef) {
        if let Some(mut scope) = self.records_now() {
            scope.add(record);
        }
    }

    fn records_now(&self) -> Option<MutexGuard<'_, RecordScope>> {
        let records = self.records.as_ref()?;
        Some(records.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Remembers that the run was answered from memory. What it was answered before, it knows better now.
    pub(crate) fn answered(&self, recent: Recent) {
        let mut all = self.recent_now();
        let same = |one: &Recent| (one.target, &one.want) == (recent.target, &recent.want);
        all.retain(|one| !same(one));
        all.push(recent);
    }

    /// Returns what the run was answered from memory, and did not find to be so since.
    pub(crate) fn recent(&self) -> Vec<Recent> {
        self.recent_now().clone()
    }

    /// Forgets what the run was answered from memory: it was found to be so.
    pub(crate) fn settled(&self) {
        self.recent_now().clear();
    }

    fn recent_now(&self) -> MutexGuard<'_, Vec<Recent>> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether a run that plans has done anything that is lost with it: what it would write, or keep.
    pub(crate) fn has_planned(&self) -> bool {
        self.has_written() || self.planned_state().is_some_and(|kept| !kept.is_empty())
    }

    /// Tells whether anything was written or planned so far.
    pub(crate) fn has_written(&self) -> bool {
        self.crm_calls().1 > 0
    }

    /// Returns what is planned so far, in a run that plans.
    pub(crate) fn draft(&self) -> Option<MutexGuard<'_, Draft>> {
        let draft = self.draft.as_ref()?;
        Some(draft.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns what became of what its skill keeps, in a run that plans.
    pub(crate) fn planned_state(&self) -> Option<MutexGuard<'_, PlannedState>> {
        self.draft.as_ref()?;
        let planned = self.planned_state.lock();
        Some(planned.unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns a setting.
    pub fn config(&self, key: &str) -> Option<&str> {
        let key = ConfigKey::parse(key).ok()?;
        let value = self.config.get(&key).map(String::as_str);
        self.host_calls.setting(&key, value);
        value
    }

    /// Takes one read, if there is one left.
    pub(crate) fn spend_read(&self) -> Result<(), Budget> {
        let left = take(&self.meter.crm_reads, self.limits.crm_reads);
        left.then_some(()).ok_or(Budget::CrmReads)
    }

    /// Takes one write, if there is one left.
    pub(crate) fn spend_write(&self) -> Result<(), Budget> {
        let left = take(&self.meter.crm_writes, self.limits.crm_writes);
        left.then_some(()).ok_or(Budget::CrmWrites)
    }

    /// Takes one question to the planner, if there is one left of `max`.
    pub(crate) fn spend_question(&self, max: u32) -> bool {
        take(&self.meter.questions, max)
    }

    /// Takes one request to a service outside, and the bytes that it sends. Returns how many may be answered,
    /// if anything is left.
    pub(crate) fn spend_request(&self, bytes: usize) -> Option<usize> {
        let all = self.meter.http_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let left = HTTP_BYTES_PER_CALL_MAX
            .checked_sub(all)
            .filter(|left| *left > 0)?;
        take(&self.meter.requests, self.limits.http_requests).then_some(left)
    }

    /// Takes one call of what its skill keeps, if there is one left.
    pub(crate) fn spend_state_call(&self) -> Result<(), Budget> {
        let left = take(&self.meter.state_calls, STATE_CALLS_MAX);
        left.then_some(()).ok_or(Budget::StateCalls)
    }

    /// Takes one call of scratch files, if there is one left.
    pub(crate) fn spend_file_call(&self) -> Result<(), Budget> {
        let left = take(&self.meter.file_calls, FILE_CALLS_MAX);
        left.then_some(()).ok_or(Budget::FileCalls)
    }

    /// Returns its scratch folder, which need not be there.
    pub(crate) fn scratch(&self) -> Arc<RunScratch> {
        Arc::clone(&self.scratch)
    }

    /// Remembers how long the answer to a request was.
    pub(crate) fn received(&self, bytes: usize) {
        self.meter.http_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Remembers that a rule let a request leave.
    pub(crate) fn requested(&self, rule: String) {
        *self.touched_now().requests.entry(rule).or_default() += 1;
    }

    /// Takes one log line, if there is one left.
    pub(crate) fn spend_log_line(&self) -> bool {
        take(&self.meter.log_lines, self.limits.log_lines)
    }

    /// Returns the request it answers.
    pub const fn request(&self) -> &RequestId {
        &self.principal.origin.request
    }

    /// Remembers that the guest sees a record, and which of its fields.
    pub(crate) fn saw(&self, record: &Record) {
        let fields = record.fields.keys().map(FieldKey::name).map(str::to_owned);
        let mut touched = self.touched_now();
        let seen = touched.reads.entry((record.object, record.id)).or_default();
        seen.extend(fields);
    }

    /// Remembers that a host call was refused.
    pub(crate) fn denied(&self, code: &'static str) {
        *self.touched_now().denials.entry(code).or_default() += 1;
    }

    /// Remembers that a host call was refused, if it was.
    pub(crate) fn denied_if(&self, refused: bool, code: &'static str) {
        if refused {
            self.denied(code);
        }
    }

    /// Returns what the run touched so far.
    pub fn touched(&self) -> Touched {
        let (read_count, write_count) = self.crm_calls();
        Touched {
            read_count,
            write_count,
            ..self.touched_now().clone()
        }
    }

    fn touched_now(&self) -> MutexGuard<'_, Touched> {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how many reads and writes of the CRM were made.
    pub fn crm_calls(&self) -> (u32, u32) {
        let load = |counter: &AtomicU32| counter.load(Ordering::Relaxed);
        (load(&self.meter.crm_reads), load(&self.meter.crm_writes))
    }
}

fn take(used: &AtomicU32, max: u32) -> bool {
    let one_more = |n| (n < max).then_some(n + 1);
    used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
        .is_ok()
}
