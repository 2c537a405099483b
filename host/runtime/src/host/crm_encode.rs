//! From the domain's types to the contract's.

use crate::bindings::skillgate::skill::crm as wit;
use crate::bindings::skillgate::skill::types::Retry as WitRetry;
use skillgate_app::broker::{BrokerError, ErrorCode, Upserted};
use skillgate_app::ports::Retry;
use skillgate_domain::crm::{
    EntryRef, Field, FieldKey, FieldValue, Money, ObjectKind, Page, Phone, Record,
};
use std::collections::BTreeMap;

pub(super) const fn upserted(upserted: Upserted) -> wit::Upserted {
    match upserted {
        Upserted::Created => wit::Upserted::Created,
        Upserted::Updated => wit::Upserted::Updated,
    }
}

pub(super) fn error(error: &BrokerError) -> wit::Error {
    let told = error.told();
    let ms = |after: std::time::Duration| u32::try_from(after.as_millis()).unwrap_or(u32::MAX);
    wit::Error {
        code: match told.code {
            ErrorCode::Denied => wit::ErrorCode::Denied,
            ErrorCode::NotFound => wit::ErrorCode::NotFound,
            ErrorCode::InvalidInput => wit::ErrorCode::InvalidInput,
            ErrorCode::Conflict => wit::ErrorCode::Conflict,
            ErrorCode::BudgetExhausted => wit::ErrorCode::BudgetExhausted,
            ErrorCode::RateLimited => wit::ErrorCode::RateLimited,
            ErrorCode::Unavailable | ErrorCode::NotConfigured => wit::ErrorCode::Unavailable,
            ErrorCode::OutcomeUnknown => wit::ErrorCode::OutcomeUnknown,
        },
        retry: match told.retry {
            Retry::Never => WitRetry::Never,
            Retry::Safe => WitRetry::Safe,
            Retry::CheckFirst => WitRetry::CheckFirst,
        },
        retry_after_ms: told.retry_after.map(ms),
        message: told.message,
        conflicting_id: told.holder.map(|id| id.to_string()),
    }
}

/// The fields of a record, taken out one by one. What is left is custom.
struct Fields(BTreeMap<FieldKey, FieldValue>);

impl Fields {
    fn take(&mut self, field: Field) -> Option<FieldValue> {
        self.0.remove(&FieldKey::Standard(field))
    }

    fn text(&mut self, field: Field) -> Option<String> {
        match self.take(field)? {
            FieldValue::Text(text) | FieldValue::DateTime(text) => Some(text),
            _ => None,
        }
    }

    fn texts(&mut self, field: Field) -> Option<Vec<String>> {
        match self.take(field)? {
            FieldValue::Texts(texts) => Some(texts),
            _ => None,
        }
    }

    fn reference(&mut self, field: Field) -> Option<String> {
        match self.take(field)? {
            FieldValue::Reference(id) => Some(id.to_string()),
            _ => None,
        }
    }

    fn money(&mut self, field: Field) -> Option<wit::Money> {
        match self.take(field)? {
            FieldValue::Money(amount) => Some(money(amount)),
            _ => None,
        }
    }

    fn phone(&mut self, field: Field) -> Option<wit::Phone> {
        match self.take(field)? {
            FieldValue::Phone(number) => Some(phone(number)),
            _ => None,
        }
    }
}

pub(super) fn page(page: Page<Record>) -> wit::Page {
    wit::Page {
        items: page.items.into_iter().map(entry).collect(),
        next_cursor: page.next_cursor,
        total: page.total,
    }
}

pub(super) fn entry_ref(target: EntryRef) -> wit::EntryRef {
    wit::EntryRef {
        object: object_kind(target.object),
        id: target.id.to_string(),
    }
}

pub(super) fn entry(record: Record) -> wit::Entry {
    let mut fields = Fields(record.fields);
    let typed = typed(record.object, &mut fields);
    let custom = fields.0.into_iter().filter_map(|(key, field)| match key {
        FieldKey::Custom(name) => Some(wit::CustomField {
            name: name.as_str().to_owned(),
            value: Some(value(field)),
        }),
        FieldKey::Standard(_) => None,
    });
    wit::Entry {
        id: record.id.to_string(),
        updated_at: record.updated_at,
        custom: custom.collect(),
        fields: typed,
    }
}

fn typed(object: ObjectKind, from: &mut Fields) -> wit::Fields {
    match object {
        ObjectKind::Contact => wit::Fields::Contact(wit::Contact {
            first_name: from.text(Field::ContactFirstName),
            last_name: from.text(Field::ContactLastName),
            email: from.text(Field::ContactEmail),
            additional_emails: from.texts(Field::ContactAdditionalEmails),
            phone: from.phone(Field::ContactPhone),
            job_title: from.text(Field::ContactJobTitle),
            linkedin_url: from.text(Field::ContactLinkedinUrl),
            company_id: from.reference(Field::ContactCompany),
        }),
        ObjectKind::Company => wit::Fields::Company(wit::Company {
            name: from.text(Field::CompanyName),
            domain: from.text(Field::CompanyDomain),
            linkedin_url: from.text(Field::CompanyLinkedinUrl),
            city: from.text(Field::CompanyCity),
            country: from.text(Field::CompanyCountry),
            annual_revenue: from.money(Field::CompanyAnnualRevenue),
        }),
        ObjectKind::Opportunity => wit::Fields::Opportunity(wit::Opportunity {
            name: from.text(Field::OpportunityName),
            stage: from.text(Field::OpportunityStage),
            amount: from.money(Field::OpportunityAmount),
            close_date: from.text(Field::OpportunityCloseDate),
            company_id: from.reference(Field::OpportunityCompany),
            point_of_contact_id: from.reference(Field::OpportunityPointOfContact),
            owner_id: from.reference(Field::OpportunityOwner),
        }),
        ObjectKind::Task => wit::Fields::Task(wit::Task {
            title: from.text(Field::TaskTitle),
            body: from.text(Field::TaskBody),
            status: from.text(Field::TaskStatus),
            due_at: from.text(Field::TaskDueAt),
            assignee_id: from.reference(Field::TaskAssignee),
        }),
        ObjectKind::Note => wit::Fields::Note(wit::Note {
            title: from.text(Field::NoteTitle),
            body: from.text(Field::NoteBody),
        }),
    }
}

pub(super) const fn object_kind(object: ObjectKind) -> wit::ObjectKind {
    match object {
        ObjectKind::Contact => wit::ObjectKind::Contact,
        ObjectKind::Company => wit::ObjectKind::Company,
        ObjectKind::Opportunity => wit::ObjectKind::Opportunity,
        ObjectKind::Task => wit::ObjectKind::Task,
        ObjectKind::Note => wit::ObjectKind::Note,
    }
}

fn value(value: FieldValue) -> wit::FieldValue {
    match value {
        FieldValue::Text(text) => wit::FieldValue::Text(text),
        FieldValue::Texts(texts) => wit::FieldValue::Texts(texts),
        FieldValue::Number(number) => wit::FieldValue::Number(number),
        FieldValue::Boolean(yes) => wit::FieldValue::Boolean(yes),
        FieldValue::DateTime(time) => wit::FieldValue::DateTime(time),
        FieldValue::Money(amount) => wit::FieldValue::Money(money(amount)),
        FieldValue::Phone(number) => wit::FieldValue::Phone(phone(number)),
        FieldValue::Reference(id) => wit::FieldValue::Reference(id.to_string()),
    }
}

fn money(money: Money) -> wit::Money {
    wit::Money {
        amount_micros: money.amount_micros,
        currency: money.currency,
    }
}

fn phone(phone: Phone) -> wit::Phone {
    let Phone {
        number,
        country,
        calling_code,
    } = phone;
    wit::Phone {
        number,
        country,
        calling_code,
    }
}
