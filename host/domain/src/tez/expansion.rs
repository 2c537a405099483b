//! A question for more of a record than a Tez says of it, and what its sender answers, field by field.
//!
//! A Tez that was shared stays as it is: what is agreed to comes as an answer of its own.

use super::draft::fits;
use super::text::sanitised;
use crate::crm::{FieldKey, ObjectKind, Selection};
use crate::ids::{CommunityId, ContextId, ExpansionId, RecordId, TeamId, TezId, UserId};
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How long a question waits for its answer.
pub const EXPANSION_LIFE: Duration = Duration::from_hours(14 * 24);
/// Most fields in one question.
pub const EXPANSION_FIELDS_MAX: usize = 20;
/// Longest reason for a question, and longest note on a decision, in characters.
pub const WORDS_CHARS_MAX: usize = 500;

/// A question for more of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// Its id.
    pub id: ExpansionId,
    /// The tenant.
    pub community: CommunityId,
    /// The Tez.
    pub tez: TezId,
    /// The team that it is in.
    pub team: TeamId,
    /// The item of its context that says too little.
    pub context: ContextId,
    /// The record that the item was made from.
    pub record: (ObjectKind, RecordId),
    /// Who asks.
    pub asker: UserId,
    /// Who shared the Tez, and decides.
    pub owner: UserId,
    /// What of the record is asked for.
    pub fields: BTreeSet<String>,
    /// Why.
    pub reason: String,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// From when on nobody answers it any more.
    pub expires_at: Timestamp,
    /// What the owner answered.
    pub decision: Option<Decision>,
}

/// What an owner answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// The fields that are let out. The others are not.
    pub approved: BTreeSet<String>,
    /// What the owner said about it.
    pub note: Option<String>,
    /// The Tez that they were let out with, where there are any.
    pub reply: Option<TezId>,
}

/// How far a question is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpansionState {
    /// It waits.
    Pending,
    /// Something was let out.
    Answered,
    /// Nothing was let out.
    Refused,
    /// Nobody answered it in time.
    Expired,
}

impl ExpansionState {
    /// Every one, in a fixed order.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Answered, Self::Refused, Self::Expired];

    /// Returns the word used on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Expired => "expired",
        }
    }
}

/// What is said of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldVerdict {
    /// It is let out.
    Approve,
    /// It is not.
    Refuse,
}

impl FieldVerdict {
    /// Every one, in a fixed order.
    pub const ALL: &'static [Self] = &[Self::Approve, Self::Refuse];

    /// Returns the word used on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Refuse => "refuse",
        }
    }

    /// Finds one by its word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }
}

/// Why a question or a decision is none. Told with the names of fields, never with values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExpansionFault {
    /// Nothing is asked for, or too much.
    #[error("fields must name 1 to {EXPANSION_FIELDS_MAX} fields")]
    FieldCount,
    /// Not the form of a field's name.
    #[error("fields.{0} is not the name of a field")]
    NotAField(usize),
    /// The Tez says it already.
    #[error("the item holds the field {0} already")]
    HeldAlready(String),
    /// The community lets it out to nobody.
    #[error("the field {0} is not let out of such a record here")]
    NotLetOut(String),
    /// The reason.
    #[error("reason must have 1 to {WORDS_CHARS_MAX} characters")]
    Reason,
    /// The note.
    #[error("note must have at most {WORDS_CHARS_MAX} characters")]
    Note,
    /// A field was asked for and is not decided.
    #[error("the field {0} must be decided too")]
    Undecided(String),
    /// A field is decided that nobody asked for.
    #[error("fields.{0} was not asked for")]
    NotAsked(usize),
}

/// Reads the names of fields that are asked for of an item: none of those it holds, and only what a sender
/// may agree to.
pub fn wanted(
    object: ObjectKind,
    names: &[String],
    held: &[String],
    within_reach: &Selection,
) -> Result<BTreeSet<String>, ExpansionFault> {
    use ExpansionFault as F;
    if !(1..=EXPANSION_FIELDS_MAX).contains(&names.len()) {
        return Err(F::FieldCount);
    }
    let mut wanted = BTreeSet::new();
    for (number, name) in names.iter().enumerate() {
        let key = FieldKey::from_name(object, name).ok_or(F::NotAField(number))?;
        if held.contains(name) {
            return Err(F::HeldAlready(name.clone()));
        }
        if !within_reach.contains(&key) {
            return Err(F::NotLetOut(name.clone()));
        }
        wanted.insert(name.clone());
    }
    Ok(wanted)
}

/// Reads a reason: something that people see, and not too much of it.
pub fn reason(text: &str) -> Result<String, ExpansionFault> {
    words(text)
        .filter(|text| !text.is_empty())
        .ok_or(ExpansionFault::Reason)
}

/// Reads a note. One without a word is none.
pub fn note(text: Option<&str>) -> Result<Option<String>, ExpansionFault> {
    let Some(text) = text else { return Ok(None) };
    let note = words(text).ok_or(ExpansionFault::Note)?;
    Ok(Some(note).filter(|note| !note.is_empty()))
}

fn words(text: &str) -> Option<String> {
    let text = sanitised(text);
    let text = text.trim();
    fits(text, WORDS_CHARS_MAX).then(|| text.to_owned())
}

impl Expansion {
    /// Tells how far it is at a moment.
    pub fn state(&self, now: Timestamp) -> ExpansionState {
        match &self.decision {
            Some(decision) if decision.approved.is_empty() => ExpansionState::Refused,
            Some(_) => ExpansionState::Answered,
            None if self.expires_at <= now => ExpansionState::Expired,
            None => ExpansionState::Pending,
        }
    }

    /// Tells what was said of a field, once something was.
    pub fn verdict(&self, field: &str) -> Option<FieldVerdict> {
        let decision = self.decision.as_ref()?;
        Some(if decision.approved.contains(field) {
            FieldVerdict::Approve
        } else {
            FieldVerdict::Refuse
        })
    }

    /// Returns the fields that verdicts let out. There is one for each field that was asked for, and for
    /// no other.
    pub fn approved_by(
        &self,
        verdicts: &BTreeMap<String, FieldVerdict>,
    ) -> Result<BTreeSet<String>, ExpansionFault> {
        let mut given = verdicts.keys().enumerate();
        if let Some((number, _)) = given.find(|(_, name)| !self.fields.contains(*name)) {
            return Err(ExpansionFault::NotAsked(number));
        }
        let undecided = |name: &&String| !verdicts.contains_key(*name);
        if let Some(name) = self.fields.iter().find(undecided) {
            return Err(ExpansionFault::Undecided(name.clone()));
        }
        let approved = verdicts
            .iter()
            .filter(|(_, said)| **said == FieldVerdict::Approve);
        Ok(approved.map(|(name, _)| name.clone()).collect())
    }
}

#[cfg(test)]
mod tests;
