//! A host for native tests: a CRM in memory, a clock that stands still, settings and a log.
//!
//! It refuses what a real host refuses: wrong ids, values, cursors and fields, records that do not exist, unique
//! values that another record holds, reads and writes past the budget. It does not check a tool's input and
//! output against their schemas.

mod checks;
mod fields;
pub(crate) mod installed_host;
mod keeping;
mod matching;
mod operations;
mod outside;
mod record;
mod scratch;
mod sharing;
mod state;
mod store;
mod tasks;

use crate::crm::{Attachable, Entry, EntryRef, Error, Object, ObjectKind};
use crate::http::{Method, Response, Sent};
use crate::tool::CallContext;
use crate::workspace::{Action, Email};
use crate::{SkillDefinition, Timestamp, ToolDefinition, ToolError, ToolResult, log, tez};
pub use outside::answer;
use record::Record;
use serde_json::Value;
use state::State;
use std::cell::RefCell;
use std::rc::Rc;

/// A host to test with, on this thread.
///
/// ```
/// use skillgate_sdk::{clock, crm, testing::Host};
///
/// let host = Host::new().at("2026-03-01T00:00:00Z").config("days", "7");
/// let ada = host.add(crm::Contact { first_name: Some("Ada".into()), ..Default::default() });
/// host.run(|| {
///     assert_eq!(clock::now().plus_days(1).to_string(), "2026-03-02T00:00:00.000Z");
///     assert_eq!(crm::contacts().get(&ada.id).unwrap(), ada);
/// });
/// assert_eq!(host.records::<crm::Contact>(), [ada]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Host {
    state: Rc<RefCell<State>>,
}

impl Host {
    /// Makes an empty host: 1 January 2026, no settings, 64 reads and 8 writes a call.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the time.
    ///
    /// # Panics
    /// When `time` is not RFC 3339.
    #[must_use]
    pub fn at(self, time: &str) -> Self {
        let time = Timestamp::parse(time).expect("the test's time is RFC 3339");
        self.with(|state| state.now_ms = time.unix_ms())
    }

    /// Gives a setting.
    #[must_use]
    pub fn config(self, key: &str, value: &str) -> Self {
        self.with(|state| {
            state.config.insert(key.to_owned(), value.to_owned());
        })
    }

    /// Sets how many reads and writes of the CRM one call may make.
    ///
    /// ```
    /// use skillgate_sdk::{crm::{self, ErrorCode}, testing::Host};
    ///
    /// let host = Host::new().budget(1, 0);
    /// let error = host.run(|| {
    ///     crm::tasks().search().fetch()?;
    ///     crm::tasks().search().fetch()
    /// });
    /// assert_eq!(error.unwrap_err().code, ErrorCode::BudgetExhausted);
    /// ```
    #[must_use]
    pub fn budget(self, reads: u32, writes: u32) -> Self {
        self.with(|state| state.budget = (reads, writes))
    }

    /// Lets somebody have handed a Tez to the caller, in a team.
    #[must_use]
    pub fn tez(self, team: &str, line: tez::Line) -> Self {
        self.with(|state| state.tez.push((team.to_owned(), line)))
    }

    /// Gives the host a planner that always answers this.
    #[must_use]
    pub fn planner(self, answer: &str) -> Self {
        self.with(|state| state.planner = Some(answer.to_owned()))
    }

    /// Gives the host a workspace.
    #[must_use]
    pub fn workspace(self) -> Self {
        self.with(|state| state.has_workspace = true)
    }

    /// Lets a service outside answer a request to this very address.
    #[must_use]
    pub fn answers(self, method: Method, url: &str, answer: Response) -> Self {
        self.with(|state| state.answers.push((method, url.to_owned(), answer)))
    }

    /// Lets the skill have kept a value from an earlier call.
    #[must_use]
    pub fn keeps(self, key: &str, value: impl Into<Vec<u8>>) -> Self {
        self.with(|state| state.keeping.put(key, value.into()))
    }

    /// Lets calls plan only: requests that would change something outside are not answered, and nothing is kept.
    #[must_use]
    pub fn planning(self) -> Self {
        self.with(|state| state.plans = true)
    }

    /// Lists the requests that services outside answered or would have.
    pub fn requests(&self) -> Vec<Sent> {
        self.state.borrow().requests.clone()
    }

    /// Returns what the skill keeps under a key.
    pub fn kept(&self, key: &str) -> Option<Vec<u8>> {
        let state = self.state.borrow();
        state.keeping.kept.get(key).map(|entry| entry.value.clone())
    }

    /// Lists the Tez that were handed over.
    pub fn shared(&self) -> Vec<tez::Draft> {
        self.state.borrow().shared.clone()
    }

    /// Lists the e-mails that were sent.
    pub fn emails(&self) -> Vec<Email> {
        self.state.borrow().emails.clone()
    }

    /// Lists what was written into the calendar.
    pub fn actions(&self) -> Vec<Action> {
        self.state.borrow().actions.clone()
    }

    /// Refuses every access to a kind of record.
    #[must_use]
    pub fn deny(self, object: ObjectKind) -> Self {
        self.with(|state| {
            state.grant.objects.insert(object);
        })
    }

    /// Hides a field: it reads as empty, and a search may not use it.
    ///
    /// ```
    /// use skillgate_sdk::{crm::{self, Contact, ErrorCode, ObjectKind}, testing::Host};
    ///
    /// let host = Host::new().deny_read(ObjectKind::Contact, "email");
    /// let ada = host.add(Contact { email: Some("ada@example.org".into()), ..Default::default() });
    /// host.run(|| {
    ///     assert_eq!(crm::contacts().get(&ada.id).unwrap().fields.email, None);
    ///     let probe = crm::contacts().filter(crm::field("email").is_set()).fetch();
    ///     assert_eq!(probe.unwrap_err().code, ErrorCode::Denied);
    /// });
    /// ```
    #[must_use]
    pub fn deny_read(self, object: ObjectKind, field: &str) -> Self {
        self.with(|state| {
            state.grant.hidden.insert((object, field.to_owned()));
        })
    }

    /// Refuses writes of a field.
    #[must_use]
    pub fn deny_write(self, object: ObjectKind, field: &str) -> Self {
        self.with(|state| {
            state.grant.read_only.insert((object, field.to_owned()));
        })
    }

    /// Lets one call of the CRM fail: the next one after `skip` others.
    ///
    /// A write that fails with [`OutcomeUnknown`](crate::crm::ErrorCode::OutcomeUnknown) takes effect all the same.
    ///
    /// ```
    /// use skillgate_sdk::{Retry, crm::{self, Error, ErrorCode}, testing::Host};
    ///
    /// let host = Host::new();
    /// host.fail(0, Error::new(ErrorCode::OutcomeUnknown, Retry::CheckFirst, "Lost."));
    /// let error = host.run(|| crm::notes().create(crm::Note::default())).unwrap_err();
    /// assert_eq!(error.retry(), Retry::CheckFirst);
    /// assert_eq!(host.records::<crm::Note>().len(), 1);
    /// ```
    pub fn fail(&self, skip: u32, error: Error) {
        self.state.borrow_mut().failure = Some((skip, error));
    }

    /// Puts a record into the CRM, whatever the grant and the budget say.
    ///
    /// # Panics
    /// When the CRM could not hold it, for example because its e-mail address is taken.
    pub fn add<T: Object>(&self, fields: T) -> Entry<T> {
        let record = self
            .state
            .borrow_mut()
            .insert(T::KIND, &fields.into_fields())
            .expect("the test's record is acceptable to a CRM");
        typed(&record)
    }

    /// Attaches a task or note to a record, whatever the grant and the budget say.
    ///
    /// ```
    /// use skillgate_sdk::{crm::{self, Company, Note}, testing::Host};
    ///
    /// let host = Host::new();
    /// let (note, company) = (host.add(Note::default()), host.add(Company::default()));
    /// host.link(&note, &company);
    /// assert_eq!(host.links(), [(note.reference(), company.reference())]);
    /// ```
    pub fn link<S: Attachable, T: Object>(&self, source: &Entry<S>, target: &Entry<T>) {
        let mut state = self.state.borrow_mut();
        state.store.link(source.reference(), target.reference());
    }

    /// Lists the records of a kind, in the order in which they were made.
    pub fn records<T: Object>(&self) -> Vec<Entry<T>> {
        let state = self.state.borrow();
        state.store.of_kind(T::KIND).map(typed).collect()
    }

    /// Lists what is attached to what.
    pub fn links(&self) -> Vec<(EntryRef, EntryRef)> {
        self.state.borrow().store.links().to_vec()
    }

    /// Lists the lines written to the log.
    pub fn log_lines(&self) -> Vec<(log::Level, String)> {
        self.state.borrow().log_lines.clone()
    }

    /// Lists how far calls said they had come: steps done, steps in all, and what was next.
    pub fn progress(&self) -> Vec<(u32, Option<u32>, String)> {
        self.state.borrow().progress.clone()
    }

    /// Runs code with this host under it, on a fresh budget.
    pub fn run<R>(&self, code: impl FnOnce() -> R) -> R {
        self.state.borrow_mut().begin_call();
        let _installed = installed_host::install(Rc::clone(&self.state));
        code()
    }

    /// Calls a tool as a host would: JSON in, JSON out, on a fresh budget.
    ///
    /// # Panics
    /// When the tool answers with what is not JSON, which a derived `Serialize` never does.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "tests write `json!(..)` in its place"
    )]
    pub fn call(
        &self,
        skill: &SkillDefinition,
        tool: &str,
        input: Value,
    ) -> Result<Value, ToolError> {
        let context = CallContext {
            invocation_id: "00000000-0000-7000-8000-0000000000a1".to_owned(),
            request_id: "test-request".to_owned(),
            user_id: "test-user".to_owned(),
            agent_id: None,
        };
        let promises = skill.tool(tool).is_some_and(ToolDefinition::reads_only);
        self.state.borrow_mut().reads_only = promises;
        let output: ToolResult<String> =
            self.run(|| skill.call(&context, tool, &input.to_string()));
        self.state.borrow_mut().reads_only = false;
        output.map(|json| serde_json::from_str(&json).expect("a tool answers JSON"))
    }

    fn with(self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.state.borrow_mut());
        self
    }
}

fn typed<T: Object>(record: &Record) -> Entry<T> {
    Entry::from_wit(record.to_wit(|_| true)).expect("the record was listed by its kind")
}
