//! Numbers about the host, in the text form that Prometheus reads. The list is `docs/metrics.md`.
//!
//! A label takes its values from a closed set, or is bounded here: nobody can make the host keep more
//! numbers by calling it with other names.

mod access;
mod labels;

pub use access::MetricsAccess;

use crate::limits::METRIC_SKILLS_MAX;
use http::{Method, StatusCode};
use labels::{Names, method_name};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use skillgate_app::ports::Meter;
use skillgate_app::run::Budget;
use skillgate_domain::ids::SkillName;
use skillgate_domain::policy::Basis;
use skillgate_domain::time::Timestamp;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// Upper bounds of the latency buckets, in seconds: from a call that finds everything ready to the longest.
const LATENCY_BOUNDS_S: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

type Label = (&'static str, Cow<'static, str>);
type Counters<const N: usize> = Family<[Label; N], Counter>;
type Latencies = Family<[Label; 1], Histogram, fn() -> Histogram>;

/// What goes up and down, read when somebody looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Levels {
    /// Runs of skills.
    pub runs: u64,
    /// Calls that wait for a place to run.
    pub calls_waiting: u64,
    /// Places of the sandbox's pool in use.
    pub sandbox_instances: u64,
    /// Requests that wait for their share of the CRM's budget.
    pub crm_requests_waiting: u64,
    /// Records of the CRM that are kept in memory.
    pub crm_records_kept: u64,
    /// Records that wait to be written to the audit trail.
    pub audit_records_waiting: u64,
    /// Connections to the database.
    pub storage_connections: u64,
    /// Those of them that nobody uses.
    pub storage_connections_idle: u64,
}

/// What `GET /metrics` shows, and to whom.
#[derive(Clone)]
pub struct Monitoring {
    /// What was counted.
    pub metrics: Arc<Metrics>,
    /// Reads what goes up and down.
    pub levels: Arc<dyn Fn() -> Levels + Send + Sync>,
    /// Who may look.
    pub access: MetricsAccess,
}

/// Everything that is counted.
pub struct Metrics {
    registry: Registry,
    skills: Names,
    http_requests: Counters<3>,
    http_latency: Latencies,
    invocations: Counters<3>,
    invocation_latency: Latencies,
    refusals: Counters<1>,
    rights: Counters<1>,
    denials: Counters<1>,
    budgets: Counters<1>,
    compiled: Counters<1>,
    crm_requests: Counters<2>,
    crm_latency: Latencies,
    crm_joined: Counter,
    crm_reads: Counters<1>,
    crm_forgotten: Counters<1>,
    crm_notices: Counters<1>,
    mails: Counters<1>,
    partnership_moves: Counters<1>,
    partners_told: Counters<1>,
    audit_records: Counters<1>,
    levels: [Gauge; 8],
}

fn latencies() -> Latencies {
    Family::new_with_constructor(|| Histogram::new(LATENCY_BOUNDS_S))
}

impl Metrics {
    /// Starts to count. `started` is when the process did.
    pub fn new(started: Timestamp) -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            skills: Names::at_most(METRIC_SKILLS_MAX),
            http_requests: Family::default(),
            http_latency: latencies(),
            invocations: Family::default(),
            invocation_latency: latencies(),
            refusals: Family::default(),
            rights: Family::default(),
            denials: Family::default(),
            budgets: Family::default(),
            compiled: Family::default(),
            crm_requests: Family::default(),
            crm_latency: latencies(),
            crm_joined: Counter::default(),
            crm_reads: Family::default(),
            crm_forgotten: Family::default(),
            crm_notices: Family::default(),
            mails: Family::default(),
            partnership_moves: Family::default(),
            partners_told: Family::default(),
            audit_records: Family::default(),
            levels: Default::default(),
        };
        metrics.register_process(started);
        metrics.register_counters();
        metrics.register_crm();
        metrics.register_latencies();
        metrics.register_levels();
        metrics
    }

    fn register_process(&mut self, started: Timestamp) {
        let start = Gauge::<i64>::default();
        start.set(started.unix_ms() / 1_000);
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        let registry = &mut self.registry;
        registry.register_with_unit(
            "process_start_time",
            "When the process started, in seconds since 1970",
            Unit::Seconds,
            start,
        );
        registry.register("skillgate_build", "What runs", version);
    }

    fn register_counters(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "skillgate_http_requests",
            "HTTP requests that were answered",
            self.http_requests.clone(),
        );
        registry.register(
            "skillgate_invocations",
            "Calls of tools that ended",
            self.invocations.clone(),
        );
        registry.register(
            "skillgate_access_refused",
            "Requests that neither role nor policies let somebody make",
            self.refusals.clone(),
        );
        registry.register(
            "skillgate_policy_rights",
            "Rights looked for among those compiled from policies",
            self.rights.clone(),
        );
        registry.register(
            "skillgate_host_calls_denied",
            "Host calls that the right did not reach, or whose grant had ended",
            self.denials.clone(),
        );
        registry.register(
            "skillgate_budgets_used_up",
            "Host calls beyond a budget of their call or of the hour",
            self.budgets.clone(),
        );
        registry.register(
            "skillgate_compiled_components",
            "Components looked for among the compiled ones",
            self.compiled.clone(),
        );
        registry.register(
            "skillgate_audit_records",
            "Records that were handed to the audit trail's writer",
            self.audit_records.clone(),
        );
    }

    fn register_crm(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "skillgate_crm_requests",
            "Requests to the CRM that ended",
            self.crm_requests.clone(),
        );
        registry.register(
            "skillgate_crm_reads_joined",
            "Reads that joined the same one in flight",
            self.crm_joined.clone(),
        );
        registry.register(
            "skillgate_crm_record_reads",
            "Records that calls asked for, by where the answer came from",
            self.crm_reads.clone(),
        );
        registry.register(
            "skillgate_crm_records_forgotten",
            "Answers of the CRM that are no longer kept in memory",
            self.crm_forgotten.clone(),
        );
        registry.register(
            "skillgate_crm_notices",
            "Deliveries of the CRM's webhooks, and what else came in its name",
            self.crm_notices.clone(),
        );
        registry.register(
            "skillgate_mails",
            "Mails that came to their end",
            self.mails.clone(),
        );
        registry.register(
            "skillgate_partnership_moves",
            "Moves of partnerships that were made here",
            self.partnership_moves.clone(),
        );
        registry.register(
            "skillgate_partners_told",
            "Partners that something went to, or was kept from",
            self.partners_told.clone(),
        );
    }

    fn register_latencies(&mut self) {
        let latencies = [
            (
                "skillgate_http_request_duration",
                "Time to answer an HTTP request",
                &self.http_latency,
            ),
            (
                "skillgate_invocation_duration",
                "Time from a call of a tool to its end",
                &self.invocation_latency,
            ),
            (
                "skillgate_crm_request_duration",
                "Time of a request to the CRM, the wait for its turn left out",
                &self.crm_latency,
            ),
        ];
        for (name, help, latency) in latencies {
            let latency = latency.clone();
            self.registry
                .register_with_unit(name, help, Unit::Seconds, latency);
        }
    }

    fn register_levels(&mut self) {
        let names = [
            ("skillgate_runs", "Runs of skills"),
            (
                "skillgate_calls_waiting",
                "Calls that wait for a place to run",
            ),
            (
                "skillgate_sandbox_instances",
                "Places of the sandbox's pool in use",
            ),
            (
                "skillgate_crm_requests_waiting",
                "Requests that wait for their share of the CRM's budget",
            ),
            (
                "skillgate_crm_records_kept",
                "Answers of the CRM that are kept in memory",
            ),
            (
                "skillgate_audit_records_waiting",
                "Records that wait to be written to the audit trail",
            ),
            (
                "skillgate_storage_connections",
                "Connections to the database",
            ),
            (
                "skillgate_storage_connections_idle",
                "Connections to the database that nobody uses",
            ),
        ];
        for ((name, help), level) in names.into_iter().zip(&self.levels) {
            self.registry.register(name, help, level.clone());
        }
    }

    /// Counts an answered HTTP request. There is no route where none matched.
    pub(crate) fn http(
        &self,
        method: &Method,
        route: Option<&str>,
        status: StatusCode,
        took: Duration,
    ) {
        let route: Cow<'static, str> = route.map_or("none".into(), |route| route.to_owned().into());
        let labels = [
            ("method", method_name(method).into()),
            ("route", route.clone()),
            ("status", status.as_str().to_owned().into()),
        ];
        self.http_requests.get_or_create(&labels).inc();
        observe(&self.http_latency, ("route", route), took);
    }

    /// Writes everything down.
    pub(crate) fn text(&self, levels: Levels) -> String {
        let values = [
            levels.runs,
            levels.calls_waiting,
            levels.sandbox_instances,
            levels.crm_requests_waiting,
            levels.crm_records_kept,
            levels.audit_records_waiting,
            levels.storage_connections,
            levels.storage_connections_idle,
        ];
        for (gauge, value) in self.levels.iter().zip(values) {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a string takes everything");
        text
    }
}

fn observe(latencies: &Latencies, label: Label, took: Duration) {
    latencies
        .get_or_create(&[label])
        .observe(took.as_secs_f64());
}

impl Meter for Metrics {
    fn invocation(
        &self,
        action: &'static str,
        skill: Option<&SkillName>,
        outcome: &'static str,
        took: Duration,
    ) {
        let skill = self.skills.bounded(skill.map_or("", SkillName::as_str));
        let labels = [
            ("action", action.into()),
            ("skill", skill.clone()),
            ("outcome", outcome.into()),
        ];
        self.invocations.get_or_create(&labels).inc();
        observe(&self.invocation_latency, ("skill", skill), took);
    }

    fn access_refused(&self, basis: Basis) {
        let labels = [("basis", basis.code().into())];
        self.refusals.get_or_create(&labels).inc();
    }

    fn right_looked_up(&self, found: &'static str) {
        self.rights.get_or_create(&[("found", found.into())]).inc();
    }

    fn host_call_denied(&self, code: &'static str) {
        self.denials.get_or_create(&[("code", code.into())]).inc();
    }

    fn budget_used_up(&self, budget: Budget) {
        let labels = [("budget", budget.code().into())];
        self.budgets.get_or_create(&labels).inc();
    }

    fn crm_request(&self, call: &'static str, outcome: &'static str, took: Duration) {
        let labels = [("call", call.into()), ("outcome", outcome.into())];
        self.crm_requests.get_or_create(&labels).inc();
        observe(&self.crm_latency, ("call", call.into()), took);
    }

    fn crm_read_joined(&self) {
        self.crm_joined.inc();
    }

    fn record_read(&self, found: &'static str) {
        self.crm_reads
            .get_or_create(&[("found", found.into())])
            .inc();
    }

    fn records_forgotten(&self, cause: &'static str, count: usize) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.crm_forgotten
            .get_or_create(&[("cause", cause.into())])
            .inc_by(count);
    }

    fn crm_notice(&self, outcome: &'static str) {
        let labels = [("outcome", outcome.into())];
        self.crm_notices.get_or_create(&labels).inc();
    }

    fn compiled_component(&self, found: &'static str) {
        self.compiled
            .get_or_create(&[("found", found.into())])
            .inc();
    }

    fn partnership_moved(&self, moved: &'static str) {
        let labels = [("moved", moved.into())];
        self.partnership_moves.get_or_create(&labels).inc();
    }

    fn partner_told(&self, outcome: &'static str) {
        let labels = [("outcome", outcome.into())];
        self.partners_told.get_or_create(&labels).inc();
    }

    fn mail_ended(&self, outcome: &'static str) {
        let labels = [("outcome", outcome.into())];
        self.mails.get_or_create(&labels).inc();
    }

    fn audit_records(&self, count: usize, outcome: &'static str) {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let labels = [("outcome", outcome.into())];
        self.audit_records.get_or_create(&labels).inc_by(count);
    }
}
