//! The standard objects of a fresh workspace, field for field as 2.19 answers them.

use serde_json::{Value, json};
use uuid::{Builder, Uuid};

use super::field::{Field, FieldKind, FieldType as T, Relation, SelectOption};
use super::{Object, capitalize};

/// High half of every standard metadata id, so that ids are the same in every workspace.
const ID_SPACE: u128 = 0x5eed_5eed_0000_4000_8000_0000_0000_0000;

/// Returns a fixed id: `object` and `field` are positions in the lists below, `option` counts from 1.
fn fixed_id(object: usize, field: usize, option: usize) -> Uuid {
    let low = ((object as u128) << 32) | ((field as u128) << 16) | option as u128;
    Builder::from_random_bytes((ID_SPACE | low).to_be_bytes()).into_uuid()
}

/// Collects the fields of one object.
struct Fields {
    object: usize,
    list: Vec<Field>,
}

impl Fields {
    fn new(object: usize) -> Self {
        let fields = Self {
            object,
            list: Vec::new(),
        };
        fields
            .system("id", T::Uuid, json!("uuid"))
            .system("createdAt", T::DateTime, json!("now"))
            .system("updatedAt", T::DateTime, json!("now"))
            .system("deletedAt", T::DateTime, Value::Null)
    }

    fn push(mut self, name: &str, kind: FieldKind) -> Self {
        let field = self.list.len() + 1;
        self.list.push(Field {
            id: fixed_id(self.object, field, 0),
            name: name.to_owned(),
            label: capitalize(name),
            description: None,
            icon: None,
            kind,
            options: Vec::new(),
            default: Value::Null,
            is_nullable: true,
            is_unique: false,
            is_system: false,
        });
        self
    }

    fn value(self, name: &str, kind: T) -> Self {
        self.push(name, FieldKind::Value(kind))
    }

    fn system(self, name: &str, kind: T, default: Value) -> Self {
        let mut fields = self.value(name, kind);
        if let Some(field) = fields.list.last_mut() {
            field.is_system = true;
            field.is_nullable = default.is_null();
            field.default = default;
        }
        fields
    }

    fn unique(self, name: &str, kind: T) -> Self {
        let mut fields = self.value(name, kind);
        if let Some(field) = fields.list.last_mut() {
            field.is_unique = true;
        }
        fields
    }

    fn default(mut self, default: Value) -> Self {
        if let Some(field) = self.list.last_mut() {
            field.default = default;
            field.is_nullable = false;
        }
        self
    }

    /// A SELECT whose first value is its default.
    fn select(self, name: &str, values: &[&str]) -> Self {
        let mut fields = self.value(name, T::Select);
        let (object, index) = (fields.object, fields.list.len());
        if let Some(field) = fields.list.last_mut() {
            field.options = values
                .iter()
                .enumerate()
                .map(|(position, value)| SelectOption {
                    id: fixed_id(object, index, position + 1),
                    value: (*value).to_owned(),
                    label: capitalize(&value.to_lowercase().replace('_', " ")),
                    color: "gray".to_owned(),
                    position: u32::try_from(position).unwrap_or(u32::MAX),
                })
                .collect();
            field.default = json!(values.first());
            field.is_nullable = false;
        }
        fields
    }

    fn one(self, name: &str, target: &'static str) -> Self {
        self.push(
            name,
            FieldKind::Relation(Relation::ManyToOne {
                target,
                cascades: false,
            }),
        )
    }

    fn owner(self, name: &str, target: &'static str) -> Self {
        self.push(
            name,
            FieldKind::Relation(Relation::ManyToOne {
                target,
                cascades: true,
            }),
        )
    }

    fn many(self, name: &str, target: &'static str, key: &'static str) -> Self {
        self.push(
            name,
            FieldKind::Relation(Relation::OneToMany { target, key }),
        )
    }

    /// The tail every object has.
    fn tail(self) -> Self {
        self.system("position", T::Position, json!(0))
            .system(
                "createdBy",
                T::Actor,
                json!({"source": "'MANUAL'", "name": "'System'"}),
            )
            .system(
                "updatedBy",
                T::Actor,
                json!({"source": "'MANUAL'", "name": "'System'"}),
            )
            .system("searchVector", T::TsVector, Value::Null)
    }
}

/// Names and switches of one object.
struct Names(&'static str, &'static str, &'static str, &'static str);

fn object(index: usize, names: &Names, fields: Fields, absent: &'static [&'static str]) -> Object {
    Object {
        id: fixed_id(index, 0, 0),
        singular: names.0,
        plural: names.1,
        label_singular: names.2,
        label_plural: names.3,
        is_system: false,
        is_read_only: false,
        is_searchable: true,
        fields: fields.list,
        absent_relations: absent,
    }
}

/// Returns every standard object.
pub(super) fn objects() -> Vec<Object> {
    vec![
        person(),
        company(),
        opportunity(),
        task(),
        note(),
        target(
            6,
            &Names("taskTarget", "taskTargets", "Task Target", "Task Targets"),
            "task",
        ),
        target(
            7,
            &Names("noteTarget", "noteTargets", "Note Target", "Note Targets"),
            "note",
        ),
        workspace_member(),
        message(),
    ]
}

fn person() -> Object {
    let fields = Fields::new(1)
        .value("name", T::FullName)
        .unique("emails", T::Emails)
        .value("linkedinLink", T::Links)
        .value("jobTitle", T::Text)
        .value("phones", T::Phones)
        .value("avatarUrl", T::Text)
        .value("avatarFile", T::Files)
        .tail()
        .one("company", "company")
        .many(
            "pointOfContactForOpportunities",
            "opportunity",
            "pointOfContactId",
        )
        .many("taskTargets", "taskTarget", "targetPersonId")
        .many("noteTargets", "noteTarget", "targetPersonId");
    let absent = &[
        "attachments",
        "calendarEventParticipants",
        "listMemberships",
        "messageParticipants",
        "timelineActivities",
    ];
    object(
        1,
        &Names("person", "people", "Person", "People"),
        fields,
        absent,
    )
}

fn company() -> Object {
    let fields = Fields::new(2)
        .value("name", T::Text)
        .unique("domainName", T::Links)
        .value("address", T::Address)
        .value("linkedinLink", T::Links)
        .value("annualRevenue", T::Currency)
        .tail()
        .one("accountOwner", "workspaceMember")
        .many("people", "person", "companyId")
        .many("opportunities", "opportunity", "companyId")
        .many("taskTargets", "taskTarget", "targetCompanyId")
        .many("noteTargets", "noteTarget", "targetCompanyId");
    let absent = &["attachments", "timelineActivities"];
    object(
        2,
        &Names("company", "companies", "Company", "Companies"),
        fields,
        absent,
    )
}

fn opportunity() -> Object {
    let fields = Fields::new(3)
        .value("name", T::Text)
        .value("amount", T::Currency)
        .value("closeDate", T::DateTime)
        .select(
            "stage",
            &["NEW", "SCREENING", "MEETING", "PROPOSAL", "CUSTOMER"],
        )
        .tail()
        .one("company", "company")
        .one("pointOfContact", "person")
        .one("owner", "workspaceMember")
        .many("taskTargets", "taskTarget", "targetOpportunityId")
        .many("noteTargets", "noteTarget", "targetOpportunityId");
    let absent = &["attachments", "timelineActivities"];
    let names = Names(
        "opportunity",
        "opportunities",
        "Opportunity",
        "Opportunities",
    );
    object(3, &names, fields, absent)
}

fn task() -> Object {
    let fields = Fields::new(4)
        .value("title", T::Text)
        .value("bodyV2", T::RichText)
        .value("dueAt", T::DateTime)
        .select("status", &["TODO", "IN_PROGRESS", "DONE"])
        .tail()
        .one("assignee", "workspaceMember")
        .many("taskTargets", "taskTarget", "taskId");
    let absent = &["attachments", "timelineActivities"];
    object(4, &Names("task", "tasks", "Task", "Tasks"), fields, absent)
}

fn note() -> Object {
    let fields = Fields::new(5)
        .value("title", T::Text)
        .value("bodyV2", T::RichText)
        .tail()
        .many("noteTargets", "noteTarget", "noteId");
    let absent = &["attachments", "timelineActivities"];
    object(5, &Names("note", "notes", "Note", "Notes"), fields, absent)
}

/// `taskTarget` and `noteTarget`: what a task or a note is about.
fn target(index: usize, names: &Names, of: &'static str) -> Object {
    let fields = Fields::new(index)
        .tail()
        .owner(of, of)
        .owner("targetPerson", "person")
        .owner("targetCompany", "company")
        .owner("targetOpportunity", "opportunity");
    Object {
        is_system: true,
        is_searchable: false,
        ..object(index, names, fields, &[])
    }
}

fn workspace_member() -> Object {
    let fields = Fields::new(8)
        .value("name", T::FullName)
        .value("userEmail", T::Text)
        .value("avatarUrl", T::Text)
        .value("colorScheme", T::Text)
        .value("locale", T::Text)
        .value("jobTitle", T::Text)
        .value("calendarStartDay", T::Number)
        .value("userId", T::Uuid)
        .value("timeZone", T::Text)
        .value("dateFormat", T::Text)
        .value("timeFormat", T::Text)
        .value("numberFormat", T::Text)
        .tail();
    let names = Names(
        "workspaceMember",
        "workspaceMembers",
        "Workspace Member",
        "Workspace Members",
    );
    Object {
        is_system: true,
        is_read_only: true,
        is_searchable: false,
        ..object(8, &names, fields, &[])
    }
}

fn message() -> Object {
    let fields = Fields::new(9)
        .value("headerMessageId", T::Text)
        .value("subject", T::Text)
        .value("text", T::Text)
        .value("receivedAt", T::DateTime)
        .value("deliveryStatus", T::Text)
        .value("isDraft", T::Boolean)
        .default(json!(false))
        .value("messageCampaignId", T::Uuid)
        .value("messageThreadId", T::Uuid)
        .tail();
    let names = Names("message", "messages", "Message", "Messages");
    Object {
        is_system: true,
        is_searchable: false,
        ..object(9, &names, fields, &[])
    }
}
