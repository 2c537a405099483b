//! The customer-relationship records of the community that a call runs for.
//!
//! Start from a kind of record ([`contacts`], [`companies`], [`opportunities`], [`tasks`], [`notes`]), then read,
//! search or write. Every call is checked against the skill's grant: fields that may not be read come back as
//! `None`; a field that may not be written, filtered or sorted by is an error of the whole call.
//!
//! ```
//! use skillgate_sdk::{crm, testing::Host};
//!
//! Host::new().run(|| -> Result<(), crm::Error> {
//!     let company = crm::companies().create(crm::Company {
//!         name: Some("Analytical Engines".into()),
//!         domain: Some("engines.example".into()),
//!         ..Default::default()
//!     })?;
//!     crm::contacts().create(crm::Contact {
//!         first_name: Some("Ada".into()),
//!         email: Some("ada@engines.example".into()),
//!         company_id: Some(company.id.clone()),
//!         ..Default::default()
//!     })?;
//!
//!     let colleagues = crm::contacts()
//!         .filter(crm::field("company_id").equals(crm::FieldValue::Reference(company.id)))
//!         .limit(20)
//!         .fetch()?;
//!     assert_eq!(colleagues.total, 1);
//!     Ok(())
//! })
//! # .unwrap();
//! ```

mod entry;
mod error;
mod filter;
mod object;
mod record_id;
mod records;
mod search;
mod tasks;

pub use crate::wit::skillgate::skill::crm::{
    Company, Comparison, Contact, CustomField, DueTasksQuery, EntryRef, Error, ErrorCode,
    FieldValue, Filter, Money, Note, ObjectKind, Opportunity, Phone, Task, Upserted,
};
pub use entry::Entry;
pub use filter::{FilterField, field};
pub use object::{Attachable, Object, Unique};
pub use record_id::RecordId;
pub use records::{Draft, Records};
pub use search::{LIMIT_MAX, Page, Search};
pub use tasks::{UpsertedTask, due_tasks, upsert_task};

/// Works with people.
///
/// ```
/// # use skillgate_sdk::{crm, testing::Host};
/// let found = Host::new().run(|| crm::contacts().text("ada lovelace").limit(5).fetch());
/// assert!(found.unwrap().items.is_empty());
/// ```
pub fn contacts() -> Records<Contact> {
    Records::new()
}

/// Works with organisations.
///
/// ```
/// # use skillgate_sdk::{crm, testing::Host};
/// let found = Host::new().run(|| crm::companies().filter(crm::field("domain").equals("a.example")).fetch());
/// assert_eq!(found.unwrap().total, 0);
/// ```
pub fn companies() -> Records<Company> {
    Records::new()
}

/// Works with possible deals.
///
/// ```
/// # use skillgate_sdk::{crm, testing::Host};
/// let found = Host::new().run(|| crm::opportunities().filter(crm::field("stage").equals("NEW")).fetch());
/// assert_eq!(found.unwrap().total, 0);
/// ```
pub fn opportunities() -> Records<Opportunity> {
    Records::new()
}

/// Works with things to do.
///
/// ```
/// # use skillgate_sdk::{crm, testing::Host};
/// let open = Host::new().run(|| crm::tasks().filter(crm::field("status").not_equals("DONE")).fetch());
/// assert_eq!(open.unwrap().total, 0);
/// ```
pub fn tasks() -> Records<Task> {
    Records::new()
}

/// Works with remembered activities.
///
/// ```
/// # use skillgate_sdk::{crm, testing::Host};
/// let note = crm::Note { title: Some("Call".into()), ..Default::default() };
/// let made = Host::new().run(|| crm::notes().create(note));
/// assert_eq!(made.unwrap().fields.title.as_deref(), Some("Call"));
/// ```
pub fn notes() -> Records<Note> {
    Records::new()
}

/// Attaches a task or note to a contact, company or opportunity. Linking twice is the same as once.
///
/// ```
/// # use skillgate_sdk::{crm, testing::Host};
/// # let host = Host::new();
/// let ada = host.add(crm::Contact::default());
/// let call = host.add(crm::Task { title: Some("Call Ada".into()), ..Default::default() });
/// let about_ada = host.run(|| {
///     crm::link(&call, &ada)?;
///     crm::tasks().linked_to(&ada).fetch()
/// });
/// assert_eq!(about_ada.unwrap().items[0].id, call.id);
/// ```
pub fn link<S: Attachable, T: Object>(source: &Entry<S>, target: &Entry<T>) -> Result<(), Error> {
    link_refs(&source.reference(), &target.reference())
}

/// Does what [`link`] does, by ids.
///
/// ```
/// # use skillgate_sdk::{crm::{self, EntryRef, ObjectKind}, testing::Host};
/// let note = EntryRef::new(ObjectKind::Note, "0190f5fe-7c00-7a00-8000-000000000001");
/// let company = EntryRef::new(ObjectKind::Company, "0190f5fe-7c00-7a00-8000-000000000002");
/// let error = Host::new().run(|| crm::link_refs(&note, &company)).unwrap_err();
/// assert!(error.is_not_found());
/// ```
pub fn link_refs(source: &EntryRef, target: &EntryRef) -> Result<(), Error> {
    crate::host::link(source, target)
}
