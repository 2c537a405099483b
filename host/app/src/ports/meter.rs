use crate::run::Budget;
use skillgate_domain::ids::SkillName;
use skillgate_domain::policy::Basis;
use std::time::Duration;

/// Counts what happens. Called on the path of every call, so it neither fails nor waits.
///
/// Every text is one of a closed set: nothing that a caller, a guest or the CRM wrote is counted by.
/// A skill's name is that of a granted one.
pub trait Meter: Send + Sync {
    /// An invocation ended: by what was asked, to run or to plan. There is no skill where none was granted.
    fn invocation(
        &self,
        action: &'static str,
        skill: Option<&SkillName>,
        outcome: &'static str,
        took: Duration,
    );

    /// Somebody was not let do something, and on what that rests.
    fn access_refused(&self, basis: Basis);

    /// A right was looked for among those that were compiled from policies.
    fn right_looked_up(&self, found: &'static str);

    /// A host call was refused, by the code of its denial, or of the end of its grant.
    fn host_call_denied(&self, code: &'static str);

    /// A call wanted more than a budget gives: its own, or the hour's.
    fn budget_used_up(&self, budget: Budget);

    /// The CRM answered a request, or did not.
    fn crm_request(&self, call: &'static str, outcome: &'static str, took: Duration);

    /// A read joined the same one in flight, so that it cost no request.
    fn crm_read_joined(&self);

    /// A record was asked for, and where the answer came from.
    fn record_read(&self, found: &'static str);

    /// So many records are no longer kept in memory, and why.
    fn records_forgotten(&self, cause: &'static str, count: usize);

    /// The CRM, or somebody in its name, told of a change, and what came of it.
    fn crm_notice(&self, outcome: &'static str);

    /// A component was looked for among the compiled ones.
    fn compiled_component(&self, found: &'static str);

    /// A partnership was moved, and how.
    fn partnership_moved(&self, moved: &'static str);

    /// What happened in a community went to a partner, or did not, and why.
    fn partner_told(&self, outcome: &'static str);

    /// A mail came to its end, and to which.
    fn mail_ended(&self, outcome: &'static str);

    /// So many records of the audit trail were committed together, or could not be.
    fn audit_records(&self, count: usize, outcome: &'static str);
}

/// Counts nothing.
#[derive(Debug, Clone, Copy)]
pub struct Unmetered;

impl Meter for Unmetered {
    fn invocation(&self, _: &'static str, _: Option<&SkillName>, _: &'static str, _: Duration) {}
    fn access_refused(&self, _: Basis) {}
    fn right_looked_up(&self, _: &'static str) {}
    fn host_call_denied(&self, _: &'static str) {}
    fn budget_used_up(&self, _: Budget) {}
    fn crm_request(&self, _: &'static str, _: &'static str, _: Duration) {}
    fn crm_read_joined(&self) {}
    fn record_read(&self, _: &'static str) {}
    fn records_forgotten(&self, _: &'static str, _: usize) {}
    fn crm_notice(&self, _: &'static str) {}
    fn compiled_component(&self, _: &'static str) {}
    fn partnership_moved(&self, _: &'static str) {}
    fn partner_told(&self, _: &'static str) {}
    fn mail_ended(&self, _: &'static str) {}
    fn audit_records(&self, _: usize, _: &'static str) {}
}
