//! What objects and fields exist: the standard set plus fields added through the metadata API.
//!
//! The schema decides what a body may contain, how a stored document is shown, and which paths a
//! filter may name. It knows nothing of SQL or HTTP.

mod field;
mod standard;

pub(crate) use field::{ENUM_TYPES, Field, FieldKind, FieldType, Relation, SelectOption};

use uuid::Uuid;

/// One object ("table") of the CRM.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) id: Uuid,
    /// `person`
    pub(crate) singular: &'static str,
    /// `people`
    pub(crate) plural: &'static str,
    /// `Person`
    pub(crate) label_singular: &'static str,
    /// `People`
    pub(crate) label_plural: &'static str,
    /// System objects are hidden from the product's own screens; keys may read them all the same.
    pub(crate) is_system: bool,
    /// Objects a key may not write (2.19 answers `PERMISSION_DENIED`).
    pub(crate) is_read_only: bool,
    /// Whether `search` looks at it.
    pub(crate) is_searchable: bool,
    pub(crate) fields: Vec<Field>,
    /// Relations of the real product whose objects do not exist here: always `[]` at depth 1.
    pub(crate) absent_relations: &'static [&'static str],
}

impl Object {
    /// Returns the field called `name`, relations included.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Returns the many-to-one relation whose foreign key is called `key` (`companyId`).
    pub(crate) fn relation_by_key(&self, key: &str) -> Option<(&Field, &'static str)> {
        let name = key.strip_suffix("Id")?;
        let field = self.field(name)?;
        match field.kind {
            FieldKind::Relation(Relation::ManyToOne { target, .. }) => Some((field, target)),
            _ => None,
        }
    }

    /// Returns the name with a capital, as in `createPerson`.
    pub(crate) fn capital_singular(&self) -> String {
        capitalize(self.singular)
    }

    /// Returns the plural with a capital, as in `createPeople`.
    pub(crate) fn capital_plural(&self) -> String {
        capitalize(self.plural)
    }
}

/// All objects.
#[derive(Debug, Clone)]
pub(crate) struct Schema {
    pub(crate) objects: Vec<Object>,
}

impl Schema {
    /// Returns the standard objects without any custom field.
    pub(crate) fn standard() -> Self {
        Self {
            objects: standard::objects(),
        }
    }

    /// Finds an object by its singular name.
    pub(crate) fn singular(&self, name: &str) -> Option<&Object> {
        self.objects.iter().find(|object| object.singular == name)
    }

    /// Finds an object by its plural name.
    pub(crate) fn plural(&self, name: &str) -> Option<&Object> {
        self.objects.iter().find(|object| object.plural == name)
    }

    /// Finds an object by its metadata id.
    pub(crate) fn by_id(&self, id: Uuid) -> Option<&Object> {
        self.objects.iter().find(|object| object.id == id)
    }

    /// Lists `(object, field)` for every foreign key that points to `target`.
    pub(crate) fn keys_to(&self, target: &str) -> Vec<(&Object, &Field, bool)> {
        let mut keys = Vec::new();
        for object in &self.objects {
            for field in &object.fields {
                if let FieldKind::Relation(Relation::ManyToOne {
                    target: to,
                    cascades,
                }) = field.kind
                    && to == target
                {
                    keys.push((object, field, cascades));
                }
            }
        }
        keys
    }
}

/// Returns `text` with its first ASCII letter upper-cased.
pub(crate) fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + chars.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_relation_has_its_target_and_its_other_end() {
        let schema = Schema::standard();
        for object in &schema.objects {
            for field in &object.fields {
                let target = match field.kind {
                    FieldKind::Relation(
                        Relation::ManyToOne { target, .. } | Relation::OneToMany { target, .. },
                    ) => target,
                    FieldKind::Value(_) => continue,
                };
                assert!(
                    schema.singular(target).is_some(),
                    "{}.{}",
                    object.singular,
                    field.name
                );
                if let FieldKind::Relation(Relation::OneToMany { key, .. }) = field.kind {
                    let many = schema.singular(target).unwrap();
                    let (_, back) = many.relation_by_key(key).unwrap();
                    assert_eq!(back, object.singular);
                }
            }
        }
    }

    #[test]
    fn metadata_ids_are_distinct() {
        let schema = Schema::standard();
        let mut ids: Vec<_> = schema.objects.iter().map(|object| object.id).collect();
        for object in &schema.objects {
            ids.extend(object.fields.iter().map(|field| field.id));
        }
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
