//! A record for somebody else: what the community lets out of it, in one line, and where it comes from.
//!
//! The line is the host's, made of the record it read itself. So a recipient can trust what is marked as
//! verified, whatever the skill that sends it says of its own.

use skillgate_domain::crm::{Field, FieldKey, FieldValue, Money, ObjectKind, Record, Selection};
use skillgate_domain::tez::Provenance;
use skillgate_domain::time::Timestamp;
use std::fmt::Write;

/// Longest value in the line, in characters. A longer one is cut.
pub const VALUE_CHARS_MAX: usize = 500;
/// Millionths in one unit of a currency.
const MICROS: i64 = 1_000_000;

/// A record for somebody else.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The record as the caller may see it. Not all of it is let out.
    pub record: Record,
    /// The fields that the community lets out of such a record.
    pub let_out: Selection,
    /// When the CRM was asked for it: a moment ago, where the answer came from memory.
    pub fetched_at: Timestamp,
}

impl Snapshot {
    /// Returns what people call the record, of what is let out.
    pub fn name(&self) -> String {
        let parts: Vec<_> = self
            .named()
            .iter()
            .filter_map(|key| self.text(key))
            .collect();
        if parts.is_empty() {
            return format!("Unnamed {}", self.record.object.name());
        }
        parts.join(" ")
    }

    /// Returns what is let out, in one line: names and values.
    pub fn content(&self) -> String {
        let (object, id) = (self.record.object.name(), self.record.id);
        let mut line = format!("CRM {object} snapshot: {object}_id={id}");
        let named = self.named();
        if named.iter().any(|key| self.text(key).is_some()) {
            let label = match self.record.object {
                ObjectKind::Contact | ObjectKind::Company => "name",
                ObjectKind::Opportunity | ObjectKind::Task | ObjectKind::Note => "title",
            };
            let _fits = write!(line, ", {label}={}", self.name());
        }
        let others = self.record.fields.keys();
        for key in others.filter(|key| !named.contains(key)) {
            if let Some(text) = self.text(key) {
                let _fits = write!(line, ", {}={text}", label(key));
            }
        }
        line
    }

    /// Returns what a recipient's assistant may make of it.
    pub const fn question(&self) -> &'static str {
        match self.record.object {
            ObjectKind::Contact => {
                "Who is this person to us, where do things stand, and what is the best next step?"
            }
            ObjectKind::Company => "What are we doing with this company, and what comes next?",
            ObjectKind::Opportunity => {
                "What holds this deal up, what speaks for it, and what should happen now?"
            }
            ObjectKind::Task => "How urgent is this, who has to do what, and how is it best done?",
            ObjectKind::Note => "What follows from this note?",
        }
    }

    /// Returns where it comes from.
    pub fn provenance(&self) -> Provenance {
        let shown = self.record.fields.keys();
        let shown = shown.filter(|key| self.let_out.contains(key));
        Provenance {
            object: self.record.object,
            record: self.record.id,
            updated_at: self.record.updated_at.clone(),
            fetched_at: self.fetched_at,
            fields: shown.map(|key| key.name().to_owned()).collect(),
        }
    }

    fn named(&self) -> Vec<FieldKey> {
        let fields: &[Field] = match self.record.object {
            ObjectKind::Contact => &[Field::ContactFirstName, Field::ContactLastName],
            ObjectKind::Company => &[Field::CompanyName],
            ObjectKind::Opportunity => &[Field::OpportunityName],
            ObjectKind::Task => &[Field::TaskTitle],
            ObjectKind::Note => &[Field::NoteTitle],
        };
        fields.iter().copied().map(FieldKey::Standard).collect()
    }

    /// Returns a value that is let out, on one line.
    fn text(&self, key: &FieldKey) -> Option<String> {
        if !self.let_out.contains(key) {
            return None;
        }
        let text = words(self.record.fields.get(key)?);
        let text: String = text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .filter(|c| !c.is_control())
            .take(VALUE_CHARS_MAX)
            .collect();
        (!text.is_empty()).then_some(text)
    }
}

/// What a field is called in the line; the names are those that readers of such lines know.
fn label(key: &FieldKey) -> &str {
    match key {
        FieldKey::Standard(Field::TaskDueAt) => "due_date",
        key => key.name(),
    }
}

fn words(value: &FieldValue) -> String {
    match value {
        FieldValue::Text(text) | FieldValue::DateTime(text) => text.clone(),
        FieldValue::Texts(texts) => texts.join("; "),
        FieldValue::Number(number) => number.to_string(),
        FieldValue::Boolean(flag) => flag.to_string(),
        FieldValue::Money(money) => amount(money),
        FieldValue::Phone(phone) => format!("{} {}", phone.calling_code, phone.number),
        FieldValue::Reference(id) => id.to_string(),
    }
}

/// Writes an amount in units of its currency, to the cent unless there is more behind it.
pub fn amount(money: &Money) -> String {
    let (units, rest) = (
        money.amount_micros / MICROS,
        (money.amount_micros % MICROS).unsigned_abs(),
    );
    let sign = if units == 0 && money.amount_micros < 0 {
        "-"
    } else {
        ""
    };
    let digits = format!("{rest:06}");
    let cents = digits.trim_end_matches('0');
    let cents = format!("{cents:0<2}");
    let currency = &money.currency;
    format!("{sign}{units}.{cents} {currency}")
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use skillgate_domain::ids::RecordId;
    use skillgate_domain::sharing::FieldAllowlists;
    use std::collections::BTreeMap;
    use uuid::Uuid;

    fn snapshot(object: ObjectKind, fields: &[(Field, FieldValue)]) -> Snapshot {
        let fields = fields.iter().cloned();
        Snapshot {
            record: Record {
                object,
                id: RecordId::new(Uuid::from_u128(7)),
                updated_at: Some("2026-03-01T09:30:00.000Z".to_owned()),
                fields: fields.map(|(f, v)| (FieldKey::Standard(f), v)).collect(),
            },
            let_out: FieldAllowlists::default().of(object).always.clone(),
            fetched_at: Timestamp::from_unix_ms(0),
        }
    }

    fn text(text: &str) -> FieldValue {
        FieldValue::Text(text.to_owned())
    }

    #[test]
    fn a_line_has_what_is_let_out_and_nothing_else() {
        let amount = FieldValue::Money(Money {
            amount_micros: 1_500_000_000,
            currency: "EUR".to_owned(),
        });
        let mut deal = snapshot(
            ObjectKind::Opportunity,
            &[
                (Field::OpportunityName, text("Acme\nRenewal\u{7}")),
                (Field::OpportunityStage, text("PROPOSAL")),
                (Field::OpportunityAmount, amount),
            ],
        );
        let id = "00000000-0000-0000-0000-000000000007";
        let before = format!(
            "CRM opportunity snapshot: opportunity_id={id}, title=Acme Renewal, stage=PROPOSAL"
        );
        assert_eq!(deal.content(), before);
        assert_eq!(deal.provenance().fields, ["name", "stage"]);
        let all = [
            Field::OpportunityName,
            Field::OpportunityStage,
            Field::OpportunityAmount,
        ];
        deal.let_out = all.map(FieldKey::Standard).into_iter().collect();
        assert_eq!(deal.content(), format!("{before}, amount=1500.00 EUR"));
    }

    #[test]
    fn a_name_that_is_not_let_out_is_not_used() {
        let mut ada = snapshot(
            ObjectKind::Contact,
            &[
                (Field::ContactFirstName, text("Ada")),
                (Field::ContactLastName, text("Lovelace")),
            ],
        );
        assert_eq!(ada.name(), "Ada Lovelace");
        ada.let_out = Selection::EMPTY;
        assert_eq!(ada.name(), "Unnamed contact");
        assert!(!ada.content().contains("Ada"), "{}", ada.content());
    }

    #[test]
    fn a_long_value_is_cut() {
        let long = "é".repeat(VALUE_CHARS_MAX + 1);
        let task = snapshot(ObjectKind::Task, &[(Field::TaskTitle, text(&long))]);
        assert_eq!(task.name().chars().count(), VALUE_CHARS_MAX);
    }

    #[test]
    fn amounts_are_written_in_units() {
        let cases: BTreeMap<i64, &str> = BTreeMap::from([
            (0, "0.00 EUR"),
            (1_500_500_000, "1500.50 EUR"),
            (-250_000, "-0.25 EUR"),
            (-1_250_000, "-1.25 EUR"),
            (1, "0.000001 EUR"),
        ]);
        for (amount_micros, expected) in cases {
            let currency = "EUR".to_owned();
            let money = Money {
                amount_micros,
                currency,
            };
            assert_eq!(amount(&money), expected);
        }
    }
}
