use super::{FieldKey, FieldSet};
use crate::ids::CustomFieldName;
use std::collections::BTreeSet;

/// A choice of fields of one object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Selection {
    /// Typed fields.
    pub standard: FieldSet,
    /// Fields of the community's own.
    pub custom: BTreeSet<CustomFieldName>,
}

impl Selection {
    /// No field.
    pub const EMPTY: Self = Self {
        standard: FieldSet::EMPTY,
        custom: BTreeSet::new(),
    };

    /// Tells whether `key` is chosen.
    pub fn contains(&self, key: &FieldKey) -> bool {
        match key {
            FieldKey::Standard(field) => self.standard.contains(*field),
            FieldKey::Custom(name) => self.custom.contains(name),
        }
    }

    /// Returns the first field of this selection that `other` lacks.
    pub fn first_outside<'a>(&'a self, other: &Self) -> Option<&'a str> {
        let standard = self
            .standard
            .without(other.standard)
            .iter()
            .next()
            .map(super::Field::name);
        standard.or_else(|| {
            let outside = |name: &&CustomFieldName| !other.custom.contains(*name);
            self.custom
                .iter()
                .find(outside)
                .map(CustomFieldName::as_str)
        })
    }

    /// Tells whether every field of this selection is in `other`.
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.first_outside(other).is_none()
    }

    /// Lists the names of the fields, typed ones first, in a fixed order.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.standard.iter().map(super::Field::name).collect();
        names.extend(self.custom.iter().map(CustomFieldName::as_str));
        names
    }

    /// Returns the fields in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            standard: self.standard.and(other.standard),
            custom: self.custom.intersection(&other.custom).cloned().collect(),
        }
    }

    /// Returns the fields in either.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            standard: self.standard.or(other.standard),
            custom: self.custom.union(&other.custom).cloned().collect(),
        }
    }
}

impl FromIterator<FieldKey> for Selection {
    fn from_iter<I: IntoIterator<Item = FieldKey>>(keys: I) -> Self {
        let mut selection = Self::default();
        let mut standard = Vec::new();
        for key in keys {
            match key {
                FieldKey::Standard(field) => standard.push(field),
                FieldKey::Custom(name) => {
                    selection.custom.insert(name);
                }
            }
        }
        selection.standard = standard.into_iter().collect();
        selection
    }
}
