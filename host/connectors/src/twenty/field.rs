//! Where each field lives in Twenty: one table for the typed fields, metadata types for custom ones.

use super::schema::ObjectSchema;
use skillgate_app::ports::CrmError;
use skillgate_domain::crm::{Field, FieldKey, is_system_name};

/// How a value is kept in Twenty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `TEXT`, or a text within a composite that merges by subfield.
    Text,
    /// `EMAILS.primaryEmail`: kept in lower case.
    Email,
    /// `EMAILS.additionalEmails`.
    MoreEmails,
    /// `PHONES`, the primary number.
    Phone,
    /// `LINKS.primaryLinkUrl`.
    Link,
    /// `LINKS.primaryLinkUrl`, holding the domain of an organisation.
    Domain,
    /// `CURRENCY`.
    Money,
    /// `DATE_TIME`.
    DateTime,
    /// `DATE`.
    Date,
    /// `SELECT` and `RATING`.
    Select,
    /// `MULTI_SELECT`.
    MultiSelect,
    /// `RICH_TEXT`, as Markdown.
    Markdown,
    /// The id of another record.
    Reference,
    /// `NUMBER` and `NUMERIC`.
    Number,
    /// `BOOLEAN`.
    Boolean,
    /// `UUID`.
    Uuid,
}

/// The place of one field: a key of the record, and a subfield where the key holds a composite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// Key of the record.
    pub(super) root: &'a str,
    /// Subfield, for texts within composites.
    pub(super) part: Option<&'static str>,
    /// How the value is kept.
    pub(super) form: Form,
}

impl Place<'_> {
    /// Returns the subfields that make up the value; empty for scalars.
    pub(super) fn parts(&self) -> &'static [&'static str] {
        match self.form {
            Form::Email => &["primaryEmail"],
            Form::MoreEmails => &["additionalEmails"],
            Form::Phone => &[
                "primaryPhoneNumber",
                "primaryPhoneCountryCode",
                "primaryPhoneCallingCode",
            ],
            Form::Link | Form::Domain => &["primaryLinkUrl"],
            Form::Money => &["amountMicros", "currencyCode"],
            Form::Markdown => &["markdown"],
            Form::Text => match self.part {
                Some("firstName") => &["firstName"],
                Some("lastName") => &["lastName"],
                Some("addressCity") => &["addressCity"],
                Some("addressCountry") => &["addressCountry"],
                _ => &[],
            },
            _ => &[],
        }
    }

    /// Returns the subfield by which the value is compared.
    pub(super) fn compared_part(&self) -> Option<&'static str> {
        self.parts().first().copied()
    }
}

/// Returns the place of a typed field.
pub(super) const fn standard(field: Field) -> Place<'static> {
    use Form as F;
    let (root, part, form) = match field {
        Field::ContactFirstName => ("name", Some("firstName"), F::Text),
        Field::ContactLastName => ("name", Some("lastName"), F::Text),
        Field::ContactEmail => ("emails", None, F::Email),
        Field::ContactAdditionalEmails => ("emails", None, F::MoreEmails),
        Field::ContactPhone => ("phones", None, F::Phone),
        Field::ContactJobTitle => ("jobTitle", None, F::Text),
        Field::ContactLinkedinUrl | Field::CompanyLinkedinUrl => ("linkedinLink", None, F::Link),
        Field::ContactCompany | Field::OpportunityCompany => ("companyId", None, F::Reference),
        Field::CompanyName | Field::OpportunityName => ("name", None, F::Text),
        Field::CompanyDomain => ("domainName", None, F::Domain),
        Field::CompanyCity => ("address", Some("addressCity"), F::Text),
        Field::CompanyCountry => ("address", Some("addressCountry"), F::Text),
        Field::CompanyAnnualRevenue => ("annualRevenue", None, F::Money),
        Field::OpportunityStage => ("stage", None, F::Select),
        Field::OpportunityAmount => ("amount", None, F::Money),
        Field::OpportunityCloseDate => ("closeDate", None, F::DateTime),
        Field::OpportunityPointOfContact => ("pointOfContactId", None, F::Reference),
        Field::OpportunityOwner => ("ownerId", None, F::Reference),
        Field::TaskTitle | Field::NoteTitle => ("title", None, F::Text),
        Field::TaskBody | Field::NoteBody => ("bodyV2", None, F::Markdown),
        Field::TaskStatus => ("status", None, F::Select),
        Field::TaskDueAt => ("dueAt", None, F::DateTime),
        Field::TaskAssignee => ("assigneeId", None, F::Reference),
    };
    Place { root, part, form }
}

/// Returns the form of a custom field by its type in the metadata, where it has one here.
pub(super) fn custom_form(metadata_type: &str) -> Option<Form> {
    Some(match metadata_type {
        "TEXT" => Form::Text,
        "NUMBER" | "NUMERIC" => Form::Number,
        "BOOLEAN" => Form::Boolean,
        "DATE" => Form::Date,
        "DATE_TIME" => Form::DateTime,
        "SELECT" | "RATING" => Form::Select,
        "MULTI_SELECT" => Form::MultiSelect,
        "UUID" => Form::Uuid,
        "CURRENCY" => Form::Money,
        "LINKS" => Form::Link,
        "PHONES" => Form::Phone,
        "EMAILS" => Form::Email,
        _ => return None,
    })
}

/// Finds the place of a field in this workspace.
pub(super) fn place<'a>(
    schema: &'a ObjectSchema,
    key: &'a FieldKey,
) -> Result<Place<'a>, CrmError> {
    match key {
        FieldKey::Standard(field) => {
            let place = standard(*field);
            if schema.has_root(place.root) {
                Ok(place)
            } else {
                Err(unknown(schema, key))
            }
        }
        // Who wrote a record, and when, can be forged by whoever may name those fields.
        FieldKey::Custom(name) if is_system_name(name.as_str()) => Err(unknown(schema, key)),
        FieldKey::Custom(name) => {
            let field = schema
                .field(name.as_str())
                .ok_or_else(|| unknown(schema, key))?;
            let form = custom_form(&field.kind).ok_or_else(|| {
                CrmError::Invalid(format!(
                    "the field {} has a type that is not supported here",
                    key.name()
                ))
            })?;
            Ok(Place {
                root: name.as_str(),
                part: None,
                form,
            })
        }
    }
}

fn unknown(schema: &ObjectSchema, key: &FieldKey) -> CrmError {
    let name = key.name();
    CrmError::Invalid(if schema.assumed {
        format!("{name} is not known: the host's credential may not read the CRM's metadata")
    } else {
        format!("this CRM has no field {name}")
    })
}
