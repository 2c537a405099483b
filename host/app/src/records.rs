//! CRM records for callers who ask for them without a skill: lists, one record, writes.
//!
//! Invariants: it goes through the broker like a skill, under the caller's policies, with the same records
//! in the audit trail. There the host's own work goes by the name of a skill, [`HOST_SKILL`], so that
//! policies can speak of it.

mod error;
mod paging;
mod tasks;

pub use error::RecordsError;
pub use paging::{OFFSET_MAX, Paged};
pub use tasks::{DAYS_MAX, FollowUp, FollowUps, FollowUpsQuery};

use crate::access::Access;
use crate::audit::Trail;
use crate::broker::{Broker, BrokerError};
use crate::invocations::{Call, CallRecord};
use crate::ports::{CrmError, Entropy};
use crate::run::Run;
use crate::snapshot::Snapshot;
use paging::Places;
use skillgate_domain::audit::Outcome;
use skillgate_domain::capability::{Capabilities, ObjectCapability};
use skillgate_domain::crm::{
    Changes, EntryRef, Field, FieldKey, FieldSet, FieldValue, LIMIT_MAX, ObjectKind, Page, Query,
    Record, Selection,
};
use skillgate_domain::ids::{
    CommunityId, CustomFieldName, InvocationId, RecordId, SkillName, ToolName,
};
use skillgate_domain::limits::CallLimits;
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::sharing::FieldAllowlist;
use skillgate_domain::skill::HOST_SKILL;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is asked of records. Its name is that of a tool of [`HOST_SKILL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Finds records of a kind.
    Search(ObjectKind),
    /// Reads one.
    Get(ObjectKind),
    /// Makes one.
    Create(ObjectKind),
    /// Changes one.
    Update(ObjectKind),
    /// Changes one, or makes it.
    Upsert(ObjectKind),
    /// Finds open tasks that are due.
    FollowUps,
}

impl Operation {
    /// Returns the tool's name, such as `search_contacts`.
    pub fn tool(self) -> ToolName {
        let (verb, noun) = match self {
            Self::Search(object) => ("search", plural(object)),
            Self::Get(object) => ("get", object.name()),
            Self::Create(object) => ("create", object.name()),
            Self::Update(object) => ("update", object.name()),
            Self::Upsert(object) => ("upsert", object.name()),
            Self::FollowUps => ("list", "upcoming_follow_ups"),
        };
        ToolName::parse(&format!("{verb}_{noun}")).expect("a verb and a noun make a name")
    }

    const fn object(self) -> ObjectKind {
        match self {
            Self::Search(object)
            | Self::Get(object)
            | Self::Create(object)
            | Self::Update(object)
            | Self::Upsert(object) => object,
            Self::FollowUps => ObjectKind::Task,
        }
    }
}

const fn plural(object: ObjectKind) -> &'static str {
    match object {
        ObjectKind::Contact => "contacts",
        ObjectKind::Company => "companies",
        ObjectKind::Opportunity => "opportunities",
        ObjectKind::Task => "tasks",
        ObjectKind::Note => "notes",
    }
}

/// A record, and what its company is called where it is somebody's.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The record, as the caller may see it.
    pub record: Record,
    /// The name of its company, where that may be seen.
    pub company: Option<String>,
}

/// The use cases of records.
pub struct Records {
    access: Arc<Access>,
    broker: Arc<Broker>,
    entropy: Arc<dyn Entropy>,
    trail: Trail,
    places: Places,
}

impl Records {
    /// Wires the use cases to their ports.
    pub fn new(
        access: Arc<Access>,
        broker: Arc<Broker>,
        entropy: Arc<dyn Entropy>,
        trail: Trail,
    ) -> Self {
        Self {
            access,
            broker,
            entropy,
            trail,
            places: Places::default(),
        }
    }

    /// Finds records of a kind with all of these words, beginning after `offset` others.
    pub async fn search(
        &self,
        caller: &Principal,
        object: ObjectKind,
        words: Option<&str>,
        (limit, offset): (u32, u32),
    ) -> Result<Paged<Seen>, RecordsError> {
        let asked = format!("{} {limit} {offset}", words.unwrap_or_default());
        let work = async |run: &Run| {
            let page = self.page(run, object, words, (limit, offset)).await?;
            let companies = self.companies_of(run, &page.items).await?;
            Ok(page.map(|record| Seen {
                company: company_id(&record).and_then(|id| companies.get(&id).cloned()),
                record,
            }))
        };
        let operation = Operation::Search(object);
        let custom = Selection::EMPTY;
        self.done(caller, operation, &custom, asked.as_bytes(), work)
            .await
    }

    /// Reads one record, and what the community lets out of it.
    pub async fn snapshot(
        &self,
        caller: &Principal,
        target: EntryRef,
    ) -> Result<(Snapshot, Option<String>), RecordsError> {
        let asked = target.id.to_string();
        let work = async |run: &Run| {
            let snapshot = self.broker.snapshot(run, target).await?;
            let company = self.company_of(run, &snapshot.record).await?;
            Ok((snapshot, company))
        };
        let operation = Operation::Get(target.object);
        // Where nobody can tell what may be let out, the work itself fails, and that is recorded.
        let list = self.broker.let_out_of(&caller.community, target.object);
        let custom = list.await.map(|list| list.always).unwrap_or_default();
        self.done(caller, operation, &custom, asked.as_bytes(), work)
            .await
    }

    /// Reads of one record what the caller agrees to let out.
    pub(crate) async fn expanded(
        &self,
        caller: &Principal,
        target: EntryRef,
        agreed: &Selection,
    ) -> Result<Snapshot, RecordsError> {
        let asked = format!("{} {}", target.id, agreed.names().join(" "));
        let work = async |run: &Run| Ok(self.broker.expanded(run, target, agreed).await?);
        let operation = Operation::Get(target.object);
        self.done(caller, operation, agreed, asked.as_bytes(), work)
            .await
    }

    /// Returns what a community lets out of records of a kind.
    pub(crate) async fn let_out_of(
        &self,
        community: &CommunityId,
        object: ObjectKind,
    ) -> Result<FieldAllowlist, RecordsError> {
        Ok(self.broker.let_out_of(community, object).await?)
    }

    /// Creates a record. `asked` is what the caller sent, for the audit trail's digest.
    pub async fn create(
        &self,
        caller: &Principal,
        changes: &Changes,
        asked: &[u8],
    ) -> Result<Seen, RecordsError> {
        let work = async |run: &Run| {
            let record = self.broker.create(run, changes).await?;
            let company = self.company_of(run, &record).await?;
            Ok(Seen { record, company })
        };
        let operation = Operation::Create(changes.object);
        self.done(caller, operation, &changes.touched(), asked, work)
            .await
    }

    /// Changes fields of a record.
    pub async fn update(
        &self,
        caller: &Principal,
        id: RecordId,
        changes: &Changes,
        asked: &[u8],
    ) -> Result<Seen, RecordsError> {
        let work = async |run: &Run| {
            let record = self.broker.update(run, id, changes).await?;
            let company = self.company_of(run, &record).await?;
            Ok(Seen { record, company })
        };
        let operation = Operation::Update(changes.object);
        self.done(caller, operation, &changes.touched(), asked, work)
            .await
    }

    /// Asks the policies, does the work, and records it before it is answered.
    async fn done<T>(
        &self,
        caller: &Principal,
        operation: Operation,
        custom: &Selection,
        asked: &[u8],
        work: impl AsyncFnOnce(&Run) -> Result<T, RecordsError>,
    ) -> Result<T, RecordsError> {
        let skill = SkillName::parse(HOST_SKILL).expect("a fixed name");
        let tool = operation.tool();
        let call = Call::of(&skill, &tool, asked);
        let mut record = CallRecord::begin(&self.trail, caller, &call);
        let done = async {
            let run = self.run(caller, operation, custom, &call).await?;
            record.works(&run);
            work(&run).await
        };
        let done = done.await;
        let outcome = done.as_ref().err().map(RecordsError::outcome);
        record.end(outcome.unwrap_or(Outcome::Done)).await?;
        done
    }

    async fn run(
        &self,
        caller: &Principal,
        operation: Operation,
        custom: &Selection,
        call: &Call<'_>,
    ) -> Result<Arc<Run>, RecordsError> {
        if !caller.scope.reaches(call.skill) {
            return Err(RecordsError::OutOfScope(call.skill.clone()));
        }
        let right = self
            .access
            .right(caller, Action::InvokeSkill, call.skill, call.tool);
        let right = right.await?;
        let id = InvocationId::new(self.entropy.uuid());
        let own = (
            capabilities(operation.object(), custom),
            CallLimits::CEILING,
        );
        let run = Run::of_host(id, caller.clone(), call.skill.clone(), own, right);
        Ok(Arc::new(run))
    }

    /// Returns the names of the companies of some people: one more read, whatever their number.
    async fn companies_of(
        &self,
        run: &Run,
        people: &[Record],
    ) -> Result<BTreeMap<RecordId, String>, RecordsError> {
        let among: BTreeSet<_> = people.iter().filter_map(company_id).collect();
        if among.is_empty() {
            return Ok(BTreeMap::new());
        }
        let query = Query {
            limit: LIMIT_MAX,
            among: Some(among),
            ..Query::everything(ObjectKind::Company)
        };
        let found = match self.broker.search(run, &query).await {
            Ok(page) => page.items,
            Err(error) if error.is_denied() => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let named = found.iter();
        let named = named.filter_map(|company| Some((company.id, company_name(company)?)));
        Ok(named.collect())
    }

    async fn company_of(&self, run: &Run, record: &Record) -> Result<Option<String>, RecordsError> {
        let Some(id) = company_id(record) else {
            return Ok(None);
        };
        let object = ObjectKind::Company;
        match self.broker.get(run, EntryRef { object, id }).await {
            Ok(company) => Ok(company_name(&company)),
            Err(BrokerError::Crm(CrmError::NotFound)) => Ok(None),
            Err(error) if error.is_denied() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn find(&self, run: &Run, query: &Query) -> Result<Page<Record>, RecordsError> {
        Ok(self.broker.search(run, query).await?)
    }
}

fn company_id(record: &Record) -> Option<RecordId> {
    let key = FieldKey::Standard(Field::ContactCompany);
    match record.fields.get(&key)? {
        FieldValue::Reference(id) => Some(*id),
        _ => None,
    }
}

fn company_name(company: &Record) -> Option<String> {
    match company
        .fields
        .get(&FieldKey::Standard(Field::CompanyName))?
    {
        FieldValue::Text(name) => Some(name.clone()),
        _ => None,
    }
}

/// Every typed field of every kind, those of the community's own that callers' lists show, and those
/// that a caller names.
fn capabilities(object: ObjectKind, custom: &Selection) -> Capabilities {
    let mut all = Capabilities::default();
    for kind in ObjectKind::ALL {
        let mut fields: Selection = FieldSet::of(kind).iter().map(FieldKey::Standard).collect();
        if kind == ObjectKind::Contact {
            fields.custom.extend(CustomFieldName::parse(CITY));
        }
        if kind == object {
            fields.custom.extend(custom.custom.iter().cloned());
        }
        let capability = ObjectCapability {
            read: Some(fields.clone()),
            create: Some(fields.clone()),
            update: Some(fields),
            link: kind.links(),
        };
        all.set_object(kind, capability);
    }
    all
}

/// A field that lists of people show: older workspaces have it, newer ones only as the community's own.
const CITY: &str = "city";
