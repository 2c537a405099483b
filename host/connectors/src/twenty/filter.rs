//! Conditions as GraphQL filter objects. Every value travels as a variable, never as query text, since
//! the filter language of Twenty's REST interface has no way to escape a value.

use super::decode::keys;
use super::domain_name;
use super::encode::{day_of, encoded_number, other_type};
use super::field::{Form, Place, place};
use super::schema::ObjectSchema;
use serde_json::{Value, json};
use skillgate_app::ports::CrmError;
use skillgate_domain::crm::{
    Comparison, Field, FieldKey, FieldValue, Filter, FilterKey, Query, Selection, Sort,
};

/// Most words of one search text.
pub(super) const WORDS_MAX: usize = 16;

/// Fields that words are looked for in: names, e-mail, domain and titles.
const WORD_FIELDS: &[Field] = &[
    Field::ContactFirstName,
    Field::ContactLastName,
    Field::ContactEmail,
    Field::CompanyName,
    Field::CompanyDomain,
    Field::OpportunityName,
    Field::TaskTitle,
    Field::NoteTitle,
];

/// Turns a query's conditions and words into one list, all of which must hold. Returns nothing when no
/// record can match: words were given, and no field that holds words may be read.
pub(super) fn conditions(
    schema: &ObjectSchema,
    query: &Query,
    want: &Selection,
) -> Result<Option<Vec<Value>>, CrmError> {
    let mut all = query
        .filters
        .iter()
        .map(|filter| condition(schema, filter))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(text) = &query.text {
        match words(schema, query, want, text)? {
            Some(words) => all.extend(words),
            None => return Ok(None),
        }
    }
    Ok(Some(all))
}

fn words(
    schema: &ObjectSchema,
    query: &Query,
    want: &Selection,
    text: &str,
) -> Result<Option<Vec<Value>>, CrmError> {
    let searched: Vec<Place<'_>> = WORD_FIELDS
        .iter()
        .filter(|field| field.object() == query.object && want.standard.contains(**field))
        .map(|field| super::field::standard(*field))
        .filter(|place| schema.has_root(place.root))
        .collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() > WORDS_MAX {
        return Err(CrmError::Invalid(format!(
            "text has at most {WORDS_MAX} words"
        )));
    }
    if searched.is_empty() && !words.is_empty() {
        return Ok(None);
    }
    let one_of_fields = |word: &&str| {
        let pattern = format!("%{}%", escaped(word));
        let places = searched.iter();
        let any: Vec<Value> = places
            .map(|place| at(*place, &json!({"ilike": pattern})))
            .collect();
        json!({ "or": any })
    };
    Ok(Some(words.iter().map(one_of_fields).collect()))
}

/// Takes their meaning from the wildcards of `ilike`.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

fn condition(schema: &ObjectSchema, filter: &Filter) -> Result<Value, CrmError> {
    match &filter.key {
        FilterKey::UpdatedAt => updated_at(&filter.comparison),
        FilterKey::Field(key) => Condition {
            key,
            place: place(schema, key)?,
        }
        .compared(&filter.comparison),
    }
}

fn updated_at(comparison: &Comparison) -> Result<Value, CrmError> {
    let (op, value) = match comparison {
        Comparison::Equals(FieldValue::DateTime(at)) => ("eq", at),
        Comparison::AtMost(FieldValue::DateTime(at)) => ("lte", at),
        Comparison::AtLeast(FieldValue::DateTime(at)) => ("gte", at),
        _ => {
            return Err(CrmError::Invalid(
                "updated_at is compared with a date-time by equals, at-most and at-least"
                    .to_owned(),
            ));
        }
    };
    Ok(json!({"updatedAt": {op: value}}))
}

/// Wraps a test of one value in the path that leads to it.
fn at(place: Place<'_>, test: &Value) -> Value {
    match place.compared_part() {
        Some(part) => json!({ place.root: { part: test } }),
        None => json!({ place.root: test }),
    }
}

struct Condition<'a> {
    key: &'a FieldKey,
    place: Place<'a>,
}

impl Condition<'_> {
    fn compared(&self, comparison: &Comparison) -> Result<Value, CrmError> {
        if self.place.form == Form::MoreEmails {
            return Err(self.not_comparable());
        }
        match comparison {
            Comparison::Equals(value) => self.equals(value),
            Comparison::NotEquals(value) => {
                // A value that is not there is another value; `neq` would leave it out.
                let other = json!({"not": self.equals(value)?});
                Ok(json!({"or": [other, at(self.place, &json!({"is": "NULL"}))]}))
            }
            Comparison::OneOf(options) => self.one_of(options),
            Comparison::Contains(part) => self.like(&format!("%{}%", escaped(&self.cased(part)))),
            Comparison::StartsWith(start) => self.starts_with(start),
            Comparison::AtMost(value) => self.ordered("lte", value),
            Comparison::AtLeast(value) => self.ordered("gte", value),
            Comparison::IsEmpty => Ok(at(self.place, &json!({"is": "NULL"}))),
            Comparison::IsSet => Ok(at(self.place, &json!({"is": "NOT_NULL"}))),
        }
    }

    fn equals(&self, value: &FieldValue) -> Result<Value, CrmError> {
        if let (Form::Phone, FieldValue::Phone(phone)) = (self.place.form, value) {
            let mut same = vec![json!({"primaryPhoneNumber": {"eq": phone.number}})];
            if !phone.calling_code.is_empty() {
                same.push(json!({"primaryPhoneCallingCode": {"eq": phone.calling_code}}));
            }
            let same: Vec<Value> = same
                .into_iter()
                .map(|test| json!({ self.place.root: test }))
                .collect();
            return Ok(json!({ "and": same }));
        }
        if let (Form::Domain | Form::Link, FieldValue::Text(url)) = (self.place.form, value) {
            return Ok(at(self.place, &json!({"in": self.urls(url)})));
        }
        if self.place.form == Form::MultiSelect {
            return Err(self.not_comparable());
        }
        Ok(at(self.place, &json!({"eq": self.operand(value)?})))
    }

    fn one_of(&self, options: &[String]) -> Result<Value, CrmError> {
        let test = match self.place.form {
            Form::Text | Form::Select | Form::Uuid | Form::Reference => json!({"in": options}),
            Form::Email => {
                let emails: Vec<String> = options.iter().map(|email| self.cased(email)).collect();
                json!({ "in": emails })
            }
            Form::Link | Form::Domain => {
                let urls: Vec<String> = options.iter().flat_map(|url| self.urls(url)).collect();
                json!({ "in": urls })
            }
            Form::MultiSelect => json!({"containsAny": options}),
            _ => return Err(self.not_comparable()),
        };
        Ok(at(self.place, &test))
    }

    fn like(&self, pattern: &str) -> Result<Value, CrmError> {
        match self.place.form {
            Form::Text | Form::Email | Form::Phone | Form::Link | Form::Domain | Form::Markdown => {
                Ok(at(self.place, &json!({"ilike": pattern})))
            }
            _ => Err(self.not_comparable()),
        }
    }

    fn starts_with(&self, start: &str) -> Result<Value, CrmError> {
        if !matches!(self.place.form, Form::Link | Form::Domain) {
            return self.like(&format!("{}%", escaped(&self.cased(start))));
        }
        let any = domain_name::spellings(start)
            .iter()
            .map(|start| self.like(&format!("{}%", escaped(start))))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(json!({ "or": any }))
    }

    fn ordered(&self, op: &str, value: &FieldValue) -> Result<Value, CrmError> {
        match self.place.form {
            Form::Text | Form::Money | Form::DateTime | Form::Date | Form::Number => {
                Ok(at(self.place, &json!({op: self.operand(value)?})))
            }
            _ => Err(self.not_comparable()),
        }
    }

    /// Encodes a value for comparison. An amount is compared by its micros.
    fn operand(&self, value: &FieldValue) -> Result<Value, CrmError> {
        use FieldValue as V;
        Ok(match (self.place.form, value) {
            (Form::Email, V::Text(email)) => json!(self.cased(email)),
            (Form::Text | Form::Select | Form::Uuid | Form::Markdown, V::Text(text)) => json!(text),
            (Form::Money, V::Money(money)) => json!(money.amount_micros),
            (Form::DateTime, V::DateTime(at)) => json!(at),
            (Form::Date, V::DateTime(day) | V::Text(day)) => json!(day_of(day)),
            (Form::Reference | Form::Uuid, V::Reference(id)) => json!(id.to_string()),
            (Form::Number, V::Number(number)) => encoded_number(*number),
            (Form::Boolean, V::Boolean(truth)) => json!(truth),
            _ => return Err(other_type(self.key)),
        })
    }

    /// E-mail addresses are kept in lower case, and compared exactly.
    fn cased(&self, text: &str) -> String {
        match self.place.form {
            Form::Email => text.to_lowercase(),
            _ => text.to_owned(),
        }
    }

    fn urls(&self, url: &str) -> Vec<String> {
        let mut urls = domain_name::spellings(url).to_vec();
        if self.place.form == Form::Link && !urls.iter().any(|known| known == url) {
            urls.push(url.to_owned());
        }
        urls
    }

    fn not_comparable(&self) -> CrmError {
        CrmError::Invalid(format!(
            "{} cannot be compared in this way",
            self.key.name()
        ))
    }
}

/// Turns an order into GraphQL's. Records without a value come last; Twenty appends the id.
pub(super) fn order(schema: &ObjectSchema, sort: Option<&Sort>) -> Result<Value, CrmError> {
    let Some(sort) = sort else {
        return Ok(json!([]));
    };
    let direction = if sort.descending {
        "DescNullsLast"
    } else {
        "AscNullsLast"
    };
    Ok(match &sort.key {
        FilterKey::UpdatedAt => json!([{"updatedAt": direction}]),
        FilterKey::Field(key) => {
            let place = place(schema, key)?;
            if matches!(
                place.form,
                Form::MoreEmails | Form::MultiSelect | Form::Markdown
            ) {
                return Err(CrmError::Invalid(format!(
                    "{} cannot be sorted by",
                    key.name()
                )));
            }
            json!([at(place, &json!(direction))])
        }
    })
}

/// Renders the subselection of a record for GraphQL: only names that the workspace's metadata has, since
/// Twenty answers an unknown name with null and no error.
pub(super) fn selected(schema: &ObjectSchema, want: &Selection) -> String {
    let mut roots: std::collections::BTreeMap<String, Vec<&'static str>> =
        std::collections::BTreeMap::new();
    for key in keys(want) {
        let Ok(place) = place(schema, &key) else {
            continue;
        };
        let parts = roots.entry(place.root.to_owned()).or_default();
        for part in place.parts() {
            if !parts.contains(part) {
                parts.push(part);
            }
        }
    }
    let mut text = String::from("id updatedAt deletedAt");
    for (root, parts) in roots {
        text.push(' ');
        text.push_str(&root);
        if !parts.is_empty() {
            text.extend(["{", &parts.join(" "), "}"]);
        }
    }
    text
}
