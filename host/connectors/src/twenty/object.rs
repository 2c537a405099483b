use skillgate_domain::crm::ObjectKind;

/// Names of an object in Twenty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Names {
    /// In metadata, and in `GET /rest/{plural}/{id}` answers.
    pub(super) singular: &'static str,
    /// In paths and list answers.
    pub(super) plural: &'static str,
    /// In GraphQL types and mutations.
    pub(super) type_name: &'static str,
}

/// Returns the names of a kind of record. A kind that has none here cannot be asked for: the host's own
/// list is the boundary, since Twenty's roles do not bind system objects (2.19).
pub(super) const fn names(object: ObjectKind) -> Names {
    let (singular, plural, type_name) = match object {
        ObjectKind::Contact => ("person", "people", "Person"),
        ObjectKind::Company => ("company", "companies", "Company"),
        ObjectKind::Opportunity => ("opportunity", "opportunities", "Opportunity"),
        ObjectKind::Task => ("task", "tasks", "Task"),
        ObjectKind::Note => ("note", "notes", "Note"),
    };
    Names {
        singular,
        plural,
        type_name,
    }
}

/// Finds a kind of record by the name of its object in metadata.
pub(super) fn object_named(singular: &str) -> Option<ObjectKind> {
    let mut kinds = ObjectKind::ALL.into_iter();
    kinds.find(|kind| names(*kind).singular == singular)
}

/// How tasks or notes are attached to records: rows of a join object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JoinNames {
    pub(super) plural: &'static str,
    pub(super) type_name: &'static str,
    /// The field that holds the task's or note's id.
    pub(super) source: &'static str,
    /// The field that holds the other record's id.
    pub(super) target: &'static str,
}

/// Returns the join object for a link, or nothing when the kinds cannot be linked.
pub(super) const fn join_names(source: ObjectKind, target: ObjectKind) -> Option<JoinNames> {
    let (plural, type_name, source) = match source {
        ObjectKind::Task => ("taskTargets", "TaskTarget", "taskId"),
        ObjectKind::Note => ("noteTargets", "NoteTarget", "noteId"),
        ObjectKind::Contact | ObjectKind::Company | ObjectKind::Opportunity => return None,
    };
    let target = match target {
        ObjectKind::Contact => "targetPersonId",
        ObjectKind::Company => "targetCompanyId",
        ObjectKind::Opportunity => "targetOpportunityId",
        ObjectKind::Task | ObjectKind::Note => return None,
    };
    Some(JoinNames {
        plural,
        type_name,
        source,
        target,
    })
}
