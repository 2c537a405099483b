//! From the contract's types to the domain's.

use crate::bindings::skillgate::skill::crm as wit;
use skillgate_app::broker::BrokerError;
use skillgate_domain::crm::{
    Changes, Comparison, EntryRef, Field, FieldKey, FieldValue, Filter, FilterKey, Money,
    ObjectKind, Phone, Query, Sort,
};
use skillgate_domain::ids::RecordId;
use std::collections::BTreeMap;

type Decoded<T> = Result<T, BrokerError>;

fn invalid(message: String) -> BrokerError {
    BrokerError::Invalid(message)
}

pub(super) fn record_id(text: &str) -> Decoded<RecordId> {
    RecordId::parse(text).map_err(|error| invalid(error.to_string()))
}

pub(super) fn entry_ref(entry: &wit::EntryRef) -> Decoded<EntryRef> {
    Ok(EntryRef {
        object: object(entry.object),
        id: record_id(&entry.id)?,
    })
}

fn object(kind: wit::ObjectKind) -> ObjectKind {
    match kind {
        wit::ObjectKind::Contact => ObjectKind::Contact,
        wit::ObjectKind::Company => ObjectKind::Company,
        wit::ObjectKind::Opportunity => ObjectKind::Opportunity,
        wit::ObjectKind::Task => ObjectKind::Task,
        wit::ObjectKind::Note => ObjectKind::Note,
    }
}

pub(super) fn query(query: wit::Query) -> Decoded<Query> {
    let kind = object(query.object);
    let filters = query.filters.into_iter().map(|filter| {
        let key = filter_key(kind, &filter.field)?;
        Ok(Filter {
            key,
            comparison: comparison(filter.comparison)?,
        })
    });
    let sort = query.sort.map(|sort| {
        let key = filter_key(kind, &sort.field)?;
        Ok::<_, BrokerError>(Sort {
            key,
            descending: sort.descending,
        })
    });
    Ok(Query {
        object: kind,
        text: query.text,
        filters: filters.collect::<Decoded<_>>()?,
        linked_to: query.linked_to.as_ref().map(entry_ref).transpose()?,
        among: None,
        sort: sort.transpose()?,
        limit: query.limit,
        cursor: query.cursor,
    })
}

fn filter_key(kind: ObjectKind, name: &str) -> Decoded<FilterKey> {
    FilterKey::from_name(kind, name).ok_or_else(|| unknown_field(kind, name))
}

fn unknown_field(kind: ObjectKind, name: &str) -> BrokerError {
    let name = name[..name.floor_char_boundary(64)].escape_debug();
    invalid(format!(
        "a {} has no field \"{name}\" that a skill may use",
        kind.name()
    ))
}

fn comparison(comparison: wit::Comparison) -> Decoded<Comparison> {
    use wit::Comparison as W;
    Ok(match comparison {
        W::Equals(v) => Comparison::Equals(value(v)?),
        W::NotEquals(v) => Comparison::NotEquals(value(v)?),
        W::OneOf(options) => Comparison::OneOf(options),
        W::Contains(part) => Comparison::Contains(part),
        W::StartsWith(part) => Comparison::StartsWith(part),
        W::AtMost(v) => Comparison::AtMost(value(v)?),
        W::AtLeast(v) => Comparison::AtLeast(value(v)?),
        W::IsEmpty => Comparison::IsEmpty,
        W::IsSet => Comparison::IsSet,
    })
}

fn value(value: wit::FieldValue) -> Decoded<FieldValue> {
    use wit::FieldValue as W;
    Ok(match value {
        W::Text(text) => FieldValue::Text(text),
        W::Texts(texts) => FieldValue::Texts(texts),
        W::Number(number) => FieldValue::Number(number),
        W::Boolean(yes) => FieldValue::Boolean(yes),
        W::DateTime(time) => FieldValue::DateTime(time),
        W::Money(amount) => money(amount),
        W::Phone(number) => phone(number),
        W::Reference(id) => FieldValue::Reference(record_id(&id)?),
    })
}

fn money(money: wit::Money) -> FieldValue {
    FieldValue::Money(Money {
        amount_micros: money.amount_micros,
        currency: money.currency,
    })
}

fn phone(phone: wit::Phone) -> FieldValue {
    let wit::Phone {
        number,
        country,
        calling_code,
    } = phone;
    FieldValue::Phone(Phone {
        number,
        country,
        calling_code,
    })
}

/// Collects the typed fields that are present.
#[derive(Default)]
struct Fields(BTreeMap<FieldKey, FieldValue>);

impl Fields {
    fn set(&mut self, field: Field, value: Option<FieldValue>) {
        if let Some(value) = value {
            self.0.insert(FieldKey::Standard(field), value);
        }
    }

    fn text(&mut self, field: Field, value: Option<String>) {
        self.set(field, value.map(FieldValue::Text));
    }

    fn time(&mut self, field: Field, value: Option<String>) {
        self.set(field, value.map(FieldValue::DateTime));
    }

    fn reference(&mut self, field: Field, id: Option<&str>) -> Decoded<()> {
        let id = id.map(record_id).transpose()?;
        self.set(field, id.map(FieldValue::Reference));
        Ok(())
    }
}

pub(super) fn changes(draft: wit::Draft) -> Decoded<Changes> {
    let mut fields = Fields::default();
    let object = typed(&mut fields, draft.fields)?;
    let mut changes = Changes {
        object,
        set: fields.0,
        clear: std::collections::BTreeSet::new(),
    };
    for name in draft.clear {
        let key = FieldKey::from_name(object, &name).ok_or_else(|| unknown_field(object, &name))?;
        changes.clear.insert(key);
    }
    for field in draft.custom {
        let key = FieldKey::from_name(object, &field.name);
        let key = key.filter(|key| matches!(key, FieldKey::Custom(_)));
        let key = key.ok_or_else(|| unknown_field(object, &field.name))?;
        match field.value {
            Some(new) => drop(changes.set.insert(key, value(new)?)),
            None => drop(changes.clear.insert(key)),
        }
    }
    Ok(changes)
}

fn typed(to: &mut Fields, fields: wit::Fields) -> Decoded<ObjectKind> {
    match fields {
        wit::Fields::Contact(contact) => {
            to.text(Field::ContactFirstName, contact.first_name);
            to.text(Field::ContactLastName, contact.last_name);
            to.text(Field::ContactEmail, contact.email);
            to.set(
                Field::ContactAdditionalEmails,
                contact.additional_emails.map(FieldValue::Texts),
            );
            to.set(Field::ContactPhone, contact.phone.map(phone));
            to.text(Field::ContactJobTitle, contact.job_title);
            to.text(Field::ContactLinkedinUrl, contact.linkedin_url);
            to.reference(Field::ContactCompany, contact.company_id.as_deref())?;
            Ok(ObjectKind::Contact)
        }
        wit::Fields::Company(company) => {
            to.text(Field::CompanyName, company.name);
            to.text(Field::CompanyDomain, company.domain);
            to.text(Field::CompanyLinkedinUrl, company.linkedin_url);
            to.text(Field::CompanyCity, company.city);
            to.text(Field::CompanyCountry, company.country);
            to.set(
                Field::CompanyAnnualRevenue,
                company.annual_revenue.map(money),
            );
            Ok(ObjectKind::Company)
        }
        wit::Fields::Opportunity(opportunity) => {
            to.text(Field::OpportunityName, opportunity.name);
            to.text(Field::OpportunityStage, opportunity.stage);
            to.set(Field::OpportunityAmount, opportunity.amount.map(money));
            to.time(Field::OpportunityCloseDate, opportunity.close_date);
            to.reference(Field::OpportunityCompany, opportunity.company_id.as_deref())?;
            to.reference(
                Field::OpportunityPointOfContact,
                opportunity.point_of_contact_id.as_deref(),
            )?;
            to.reference(Field::OpportunityOwner, opportunity.owner_id.as_deref())?;
            Ok(ObjectKind::Opportunity)
        }
        wit::Fields::Task(task) => {
            to.text(Field::TaskTitle, task.title);
            to.text(Field::TaskBody, task.body);
            to.text(Field::TaskStatus, task.status);
            to.time(Field::TaskDueAt, task.due_at);
            to.reference(Field::TaskAssignee, task.assignee_id.as_deref())?;
            Ok(ObjectKind::Task)
        }
        wit::Fields::Note(note) => {
            to.text(Field::NoteTitle, note.title);
            to.text(Field::NoteBody, note.body);
            Ok(ObjectKind::Note)
        }
    }
}
