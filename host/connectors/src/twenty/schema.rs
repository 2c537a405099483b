//! What the workspace has: objects, fields and options, as its metadata says.

use serde_json::Value;
use skillgate_domain::crm::{Field, ObjectKind};
use std::collections::BTreeMap;

/// One field of the metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldSchema {
    /// Twenty's type, for example `SELECT`.
    pub(super) kind: String,
    /// Values of a select; empty for other types.
    pub(super) options: Vec<String>,
}

/// One object of the metadata.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ObjectSchema {
    fields: BTreeMap<String, FieldSchema>,
    /// True when the credential may not read metadata, and the contract's fields are assumed.
    pub(super) assumed: bool,
}

impl ObjectSchema {
    pub(super) fn field(&self, name: &str) -> Option<&FieldSchema> {
        self.fields.get(name)
    }

    /// Tells whether records have this key. A relation `company` has the key `companyId`.
    pub(super) fn has_root(&self, root: &str) -> bool {
        let relation = root.strip_suffix("Id").unwrap_or(root);
        self.fields.contains_key(root) || self.fields.contains_key(relation)
    }

    /// Returns the options of a select, where they are known.
    pub(super) fn options(&self, root: &str) -> &[String] {
        self.fields.get(root).map_or(&[], |field| &field.options)
    }
}

/// Where a page of metadata ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PageEnd {
    /// There are no more.
    Last,
    /// There are more after this cursor.
    At(String),
}

/// The objects that a skill may work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Schema {
    objects: BTreeMap<ObjectKind, ObjectSchema>,
}

impl Schema {
    /// Assumes the typed fields of the contract and no custom ones. A key with a narrow role may not read
    /// metadata (403), and should still be able to work.
    pub(super) fn assumed() -> Self {
        let mut objects: BTreeMap<ObjectKind, ObjectSchema> = BTreeMap::new();
        for &field in Field::ALL {
            let root = super::field::standard(field).root.to_owned();
            let schema = FieldSchema {
                kind: String::new(),
                options: Vec::new(),
            };
            let object = objects.entry(field.object()).or_default();
            object.fields.insert(root, schema);
            object.assumed = true;
        }
        Self { objects }
    }

    /// An empty schema, to be filled page by page.
    pub(super) const fn empty() -> Self {
        Self {
            objects: BTreeMap::new(),
        }
    }

    pub(super) fn object(&self, kind: ObjectKind) -> Option<&ObjectSchema> {
        self.objects.get(&kind)
    }

    /// Adds the objects of one page of `GET /rest/metadata/objects`. Returns nothing when the answer has no
    /// list of objects.
    pub(super) fn add_page(&mut self, answer: &Value) -> Option<PageEnd> {
        for object in objects_of(answer)? {
            let singular = object["nameSingular"].as_str().unwrap_or_default();
            let kind = ObjectKind::ALL
                .into_iter()
                .find(|kind| super::object::names(*kind).singular == singular);
            if let (Some(kind), true) = (kind, is_active(object)) {
                self.objects.insert(kind, read_object(object));
            }
        }
        let info = &answer["pageInfo"];
        let more = info["hasNextPage"].as_bool().unwrap_or(false);
        let end = info["endCursor"].as_str().filter(|_| more);
        Some(end.map_or(PageEnd::Last, |end| PageEnd::At(end.to_owned())))
    }
}

/// Finds the list in `{data: {objects: […]}}`, `{data: {objects: {edges: […]}}}`, `{data: […]}` and `[…]`.
fn objects_of(answer: &Value) -> Option<Vec<&Value>> {
    let data = answer.get("data").unwrap_or(answer);
    list(data.get("objects").unwrap_or(data))
}

/// Reads a plain list or a connection.
fn list(value: &Value) -> Option<Vec<&Value>> {
    if let Some(items) = value.as_array() {
        return Some(items.iter().collect());
    }
    let edges = value.get("edges")?.as_array()?;
    Some(edges.iter().map(|edge| &edge["node"]).collect())
}

fn is_active(item: &Value) -> bool {
    item["isActive"].as_bool().unwrap_or(true)
}

fn read_object(object: &Value) -> ObjectSchema {
    let fields = ["fields", "fieldsList"]
        .into_iter()
        .find_map(|key| list(object.get(key)?))
        .unwrap_or_default();
    let fields = fields.into_iter().filter(|field| is_active(field));
    let named = fields.filter_map(|field| {
        let name = field["name"].as_str()?.to_owned();
        Some((name, read_field(field)))
    });
    ObjectSchema {
        fields: named.collect(),
        assumed: false,
    }
}

fn read_field(field: &Value) -> FieldSchema {
    let options = field["options"].as_array().map_or(&[][..], Vec::as_slice);
    let values = options.iter().filter_map(|option| option["value"].as_str());
    FieldSchema {
        kind: field["type"].as_str().unwrap_or_default().to_owned(),
        options: values.map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_shapes_of_metadata_read_the_same() {
        let fields = json!([
            {"name": "title", "type": "TEXT", "isActive": true},
            {"name": "status", "type": "SELECT", "options": [{"value": "TODO"}, {"value": "DONE"}]},
            {"name": "gone", "type": "TEXT", "isActive": false},
            {"name": "assignee", "type": "RELATION"}
        ]);
        let edges: Vec<_> = fields
            .as_array()
            .unwrap()
            .iter()
            .map(|node| json!({"node": node}))
            .collect();
        let plain = json!({"nameSingular": "task", "isActive": true, "fields": fields});
        let connected = json!({"nameSingular": "task", "fields": {"edges": edges}});
        let end = json!({"hasNextPage": true, "endCursor": "c"});
        for answer in [
            json!({"data": {"objects": [plain.clone()]}, "pageInfo": end}),
            json!({"data": {"objects": {"edges": [{"node": connected}]}}, "pageInfo": end}),
            json!({"data": [plain], "pageInfo": end}),
        ] {
            let mut schema = Schema::empty();
            assert_eq!(schema.add_page(&answer), Some(PageEnd::At("c".to_owned())));
            let task = schema.object(ObjectKind::Task).unwrap();
            assert!(task.has_root("title") && task.has_root("assigneeId"));
            assert!(!task.has_root("gone"), "inactive fields are not there");
            assert_eq!(task.options("status"), ["TODO", "DONE"]);
            assert_eq!(schema.object(ObjectKind::Note), None);
        }
    }

    #[test]
    fn an_answer_without_objects_is_noticed() {
        for odd in [
            json!({}),
            json!({"data": {}}),
            json!("x"),
            json!({"data": {"objects": 1}}),
        ] {
            assert_eq!(Schema::empty().add_page(&odd), None, "{odd}");
        }
    }

    #[test]
    fn the_assumed_schema_has_every_typed_field() {
        let schema = Schema::assumed();
        for &field in Field::ALL {
            let object = schema.object(field.object()).unwrap();
            assert!(object.has_root(super::super::field::standard(field).root));
        }
    }
}
