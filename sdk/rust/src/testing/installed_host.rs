//! The imports of a guest, answered by the innermost host that runs on this thread.

use super::sharing::failure;
use super::state::State;
use crate::Retry;
use crate::crm::{EntryRef, Error, ErrorCode, Upserted};
use crate::files;
use crate::http::Unanswered;
use crate::log::Level;
use crate::planner::{Answer, Request};
use crate::state::{Change, Entry, Line, Refusal};
use crate::wit::skillgate::skill::types::{Failure, FailureCode, Outcome};
use crate::wit::skillgate::skill::{crm as wit, http, tez, tez_sharing};
use crate::workspace::{Action, Email};
use std::cell::RefCell;
use std::rc::Rc;

thread_local! {
    static INSTALLED: RefCell<Vec<Rc<RefCell<State>>>> = const { RefCell::new(Vec::new()) };
}

/// Takes its host off the thread when dropped, also when a test panics.
pub(super) struct Installed;

pub(super) fn install(state: Rc<RefCell<State>>) -> Installed {
    INSTALLED.with_borrow_mut(|hosts| hosts.push(state));
    Installed
}

impl Drop for Installed {
    fn drop(&mut self) {
        INSTALLED.with_borrow_mut(Vec::pop);
    }
}

fn with<R>(ask: impl FnOnce(&mut State) -> R) -> Option<R> {
    let innermost = INSTALLED.with_borrow(|hosts| hosts.last().cloned());
    innermost.map(|state| ask(&mut state.borrow_mut()))
}

/// Asks the CRM, or lets the call fail as the test wants.
fn crm<R>(ask: impl FnOnce(&mut State) -> Result<R, Error>) -> Result<R, Error> {
    let answer = with(|state| match state.due_failure() {
        // The answer is lost after the CRM has done its work.
        Some(error) if error.code == ErrorCode::OutcomeUnknown => ask(state).and(Err(error)),
        Some(error) => Err(error),
        None => ask(state),
    });
    answer.unwrap_or_else(|| {
        let message = "No host runs on this thread: wrap the call in `testing::Host::run`.";
        Err(Error::new(ErrorCode::Unavailable, Retry::Never, message))
    })
}

pub(crate) fn get(target: &EntryRef) -> Result<wit::Entry, Error> {
    crm(|state| state.get(target))
}

pub(crate) fn search(query: &wit::Query) -> Result<wit::Page, Error> {
    crm(|state| state.search(query))
}

pub(crate) fn create(draft: &wit::Draft) -> Result<wit::Entry, Error> {
    crm(|state| state.create(draft))
}

pub(crate) fn update(id: &str, draft: &wit::Draft) -> Result<wit::Entry, Error> {
    crm(|state| state.update(id, draft))
}

pub(crate) fn upsert(draft: &wit::Draft) -> Result<(Upserted, wit::Entry), Error> {
    crm(|state| state.upsert(draft))
}

pub(crate) fn link(source: &EntryRef, target: &EntryRef) -> Result<(), Error> {
    crm(|state| state.link(source, target))
}

pub(crate) fn upsert_task(
    id: Option<&str>,
    draft: &wit::Draft,
    about: &[EntryRef],
) -> Result<wit::UpsertedTask, Error> {
    crm(|state| state.upsert_task(id, draft, about))
}

pub(crate) fn due_tasks(query: &wit::DueTasksQuery) -> Result<wit::Page, Error> {
    crm(|state| state.due_tasks(query))
}

pub(crate) fn stream(query: &tez::StreamQuery) -> Result<Vec<tez::Line>, Failure> {
    with(|state| state.stream(query)).unwrap_or_else(nobody)
}

pub(crate) fn snapshot_of(target: &EntryRef) -> Result<tez::Snapshot, Failure> {
    let answer = crm(|state| Ok(state.snapshot_of(target)));
    answer.unwrap_or_else(|error| Err(failure(error)))
}

pub(crate) fn share(draft: &tez_sharing::Draft) -> Result<Outcome, Failure> {
    with(|state| state.share(draft)).unwrap_or_else(nobody)
}

pub(crate) fn ask(request: &Request) -> Result<Answer, Failure> {
    with(|state| state.ask(request)).unwrap_or_else(nobody)
}

pub(crate) fn http_send(request: &http::Request) -> Result<http::Outcome, http::Unanswered> {
    let nobody = || Unanswered::new(FailureCode::Unavailable, NOBODY);
    with(|state| state.send(request)).unwrap_or_else(|| Err(nobody()))
}

pub(crate) fn state_get(key: &str) -> Result<Option<Entry>, Failure> {
    with(|state| state.state_get(key)).unwrap_or_else(nobody)
}

pub(crate) fn state_list(
    prefix: &str,
    after: Option<&str>,
    limit: u32,
) -> Result<Vec<Line>, Failure> {
    with(|state| state.state_list(prefix, after, limit)).unwrap_or_else(nobody)
}

pub(crate) fn state_commit(changes: &[Change]) -> Result<Vec<u64>, Refusal> {
    with(|state| state.state_commit(changes)).unwrap_or_else(|| Ok(nobody()?))
}

/// Asks something of scratch files.
fn filed<R>(
    ask: impl FnOnce(&mut State) -> Result<R, files::Refusal>,
) -> Result<R, files::Refusal> {
    with(ask).unwrap_or_else(|| {
        Err(files::Refusal {
            fault: files::Fault::Unavailable,
            message: NOBODY.to_owned(),
        })
    })
}

pub(crate) fn file_write(path: &str, bytes: &[u8]) -> Result<(), files::Refusal> {
    filed(|state| state.file_write(path, bytes))
}

pub(crate) fn file_append(path: &str, bytes: &[u8]) -> Result<(), files::Refusal> {
    filed(|state| state.file_append(path, bytes))
}

pub(crate) fn file_read(
    path: &str,
    offset: u64,
    bytes_max: u32,
) -> Result<Vec<u8>, files::Refusal> {
    filed(|state| state.file_read(path, offset, bytes_max))
}

pub(crate) fn file_list(folder: Option<&str>) -> Result<Vec<files::Entry>, files::Refusal> {
    filed(|state| state.file_list(folder))
}

pub(crate) fn make_folder(path: &str) -> Result<(), files::Refusal> {
    filed(|state| state.make_folder(path))
}

pub(crate) fn file_remove(path: &str) -> Result<(), files::Refusal> {
    filed(|state| state.file_remove(path))
}

pub(crate) fn file_rename(source: &str, target: &str) -> Result<(), files::Refusal> {
    filed(|state| state.file_rename(source, target))
}

pub(crate) fn file_metadata(path: &str) -> Result<files::Entry, files::Refusal> {
    filed(|state| state.file_metadata(path))
}

pub(crate) fn has_planner() -> bool {
    with(|state| state.planner.is_some()).unwrap_or(false)
}

pub(crate) fn has_workspace() -> bool {
    with(|state| state.has_workspace).unwrap_or(false)
}

pub(crate) fn send_email(email: &Email) -> Result<Outcome, Failure> {
    with(|state| state.send_email(email)).unwrap_or_else(nobody)
}

pub(crate) fn log_action(action: &Action) -> Result<Outcome, Failure> {
    with(|state| state.log_action(action)).unwrap_or_else(nobody)
}

const NOBODY: &str = "No host runs on this thread: wrap the call in `testing::Host::run`.";

fn nobody<T>() -> Result<T, Failure> {
    let code = FailureCode::Unavailable;
    Err(Failure::new(code, Retry::Never, NOBODY))
}

/// Without a host it is 1970.
pub(crate) fn now_ms() -> u64 {
    with(|state| u64::try_from(state.now_ms).unwrap_or(0)).unwrap_or(0)
}

pub(crate) fn config_get(key: &str) -> Option<String> {
    with(|state| state.config.get(key).cloned()).flatten()
}

pub(crate) fn log_write(level: Level, message: &str) {
    with(|state| state.log_lines.push((level, message.to_owned())));
}

pub(crate) fn progress_report(done: u32, total: Option<u32>, message: Option<&str>) {
    let message = message.unwrap_or_default().to_owned();
    with(|state| state.progress.push((done, total, message)));
}

#[cfg(test)]
mod tests {
    use crate::crm;
    use crate::testing::Host;

    #[test]
    fn without_a_host_the_crm_does_not_answer() {
        let error = crm::contacts().search().fetch().unwrap_err();
        assert_eq!(error.code, crm::ErrorCode::Unavailable);
        assert!(error.message.contains("testing::Host"));
    }

    #[test]
    fn hosts_nest_and_come_off_after_a_panic() {
        let (outer, inner) = (
            Host::new().config("k", "outer"),
            Host::new().config("k", "inner"),
        );
        outer.run(|| {
            let caught = std::panic::catch_unwind(|| {
                Host::new()
                    .config("k", "third")
                    .run(|| panic!("the test's own"));
            });
            assert!(caught.is_err());
            assert_eq!(
                inner.run(|| crate::config::get("k")).as_deref(),
                Some("inner")
            );
            assert_eq!(crate::config::get("k").as_deref(), Some("outer"));
        });
        assert_eq!(crate::config::get("k"), None);
    }
}
