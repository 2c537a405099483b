use crate::ids::CustomFieldName;

/// The kinds of record a skill may work with.
///
/// System objects (messages, attachments, workspace members, timelines, workflows …) have no kind here:
/// what cannot be named cannot be asked for, whatever the CRM's own roles would let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// A person.
    Contact,
    /// An organisation.
    Company,
    /// A possible deal.
    Opportunity,
    /// Something to do.
    Task,
    /// A remembered activity.
    Note,
}

impl ObjectKind {
    /// Every kind, in a fixed order.
    pub const ALL: [Self; 5] = [
        Self::Contact,
        Self::Company,
        Self::Opportunity,
        Self::Task,
        Self::Note,
    ];

    /// Returns the name used in manifests and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Company => "company",
            Self::Opportunity => "opportunity",
            Self::Task => "task",
            Self::Note => "note",
        }
    }

    /// Finds a kind by its name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns the field whose value is unique in a CRM, where the kind has one.
    pub const fn unique_field(self) -> Option<Field> {
        match self {
            Self::Contact => Some(Field::ContactEmail),
            Self::Company => Some(Field::CompanyDomain),
            Self::Opportunity | Self::Task | Self::Note => None,
        }
    }

    /// Tells whether records of this kind can be attached to others.
    pub const fn links(self) -> bool {
        matches!(self, Self::Task | Self::Note)
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// Plain text.
    Text,
    /// An e-mail address; compared without case.
    Email,
    /// Several texts.
    Texts,
    /// A web address.
    Link,
    /// A telephone number in parts.
    Phone,
    /// An amount with its currency.
    Money,
    /// A point in time.
    DateTime,
    /// One of the options of this CRM.
    Select,
    /// Markdown.
    Markdown,
    /// The id of another record.
    Reference,
}

macro_rules! standard_fields {
    ($($field:ident = $object:ident . $name:literal : $kind:ident,)*) => {
        /// The typed fields of the contract (`wit/crm.wit`), one for each object and name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "object and name say it; see `wit/crm.wit`")]
        pub enum Field {
            $($field,)*
        }

        impl Field {
            /// Every field, grouped by object.
            pub const ALL: &'static [Self] = &[$(Self::$field,)*];

            /// Returns the object that has this field.
            pub const fn object(self) -> ObjectKind {
                match self {
                    $(Self::$field => ObjectKind::$object,)*
                }
            }

            /// Returns the field's name within its object, with underscores.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$field => $name,)*
                }
            }

            /// Returns what the field holds.
            pub const fn kind(self) -> FieldType {
                match self {
                    $(Self::$field => FieldType::$kind,)*
                }
            }
        }
    };
}

standard_fields! {
    ContactFirstName = Contact."first_name": Text,
    ContactLastName = Contact."last_name": Text,
    ContactEmail = Contact."email": Email,
    ContactAdditionalEmails = Contact."additional_emails": Texts,
    ContactPhone = Contact."phone": Phone,
    ContactJobTitle = Contact."job_title": Text,
    ContactLinkedinUrl = Contact."linkedin_url": Link,
    ContactCompany = Contact."company_id": Reference,
    CompanyName = Company."name": Text,
    CompanyDomain = Company."domain": Link,
    CompanyLinkedinUrl = Company."linkedin_url": Link,
    CompanyCity = Company."city": Text,
    CompanyCountry = Company."country": Text,
    CompanyAnnualRevenue = Company."annual_revenue": Money,
    OpportunityName = Opportunity."name": Text,
    OpportunityStage = Opportunity."stage": Select,
    OpportunityAmount = Opportunity."amount": Money,
    OpportunityCloseDate = Opportunity."close_date": DateTime,
    OpportunityCompany = Opportunity."company_id": Reference,
    OpportunityPointOfContact = Opportunity."point_of_contact_id": Reference,
    OpportunityOwner = Opportunity."owner_id": Reference,
    TaskTitle = Task."title": Text,
    TaskBody = Task."body": Markdown,
    TaskStatus = Task."status": Select,
    TaskDueAt = Task."due_at": DateTime,
    TaskAssignee = Task."assignee_id": Reference,
    NoteTitle = Note."title": Text,
    NoteBody = Note."body": Markdown,
}

impl Field {
    /// Finds a field of `object` by its name.
    pub fn from_name(object: ObjectKind, name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|field| field.object() == object && field.name() == name)
    }

    const fn bit(self) -> u64 {
        1 << self as u64
    }
}

/// A set of typed fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FieldSet(u64);

const _: () = assert!(
    Field::ALL.len() <= 64,
    "FieldSet has one bit for each field"
);

impl FieldSet {
    /// The empty set.
    pub const EMPTY: Self = Self(0);

    /// Returns every typed field of `object`.
    pub fn of(object: ObjectKind) -> Self {
        Field::ALL
            .iter()
            .copied()
            .filter(|field| field.object() == object)
            .collect()
    }

    /// Tells whether `field` is in the set.
    pub const fn contains(self, field: Field) -> bool {
        self.0 & field.bit() != 0
    }

    /// Tells whether every field of this set is in `other`.
    pub const fn is_subset_of(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// Returns this set with `field` in it.
    #[must_use]
    pub const fn with(self, field: Field) -> Self {
        Self(self.0 | field.bit())
    }

    /// Returns the fields in both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns the fields in either set.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the fields of this set that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Tells whether the set has no field.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Lists the fields, in the order of [`Field::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL
            .iter()
            .copied()
            .filter(move |field| self.contains(*field))
    }
}

impl FromIterator<Field> for FieldSet {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        Self(fields.into_iter().fold(0, |bits, field| bits | field.bit()))
    }
}

/// A typed field, or one that a community added.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldKey {
    /// A field of the contract.
    Standard(Field),
    /// A field of this community's CRM.
    Custom(CustomFieldName),
}

impl FieldKey {
    /// Reads a field's name within `object`. System fields are never a field: see [`is_system_name`].
    pub fn from_name(object: ObjectKind, name: &str) -> Option<Self> {
        if let Some(field) = Field::from_name(object, name) {
            return Some(Self::Standard(field));
        }
        let custom = CustomFieldName::parse(name).ok()?;
        (!is_system_name(name)).then_some(Self::Custom(custom))
    }

    /// Returns the field's name within its object.
    pub fn name(&self) -> &str {
        match self {
            Self::Standard(field) => field.name(),
            Self::Custom(name) => name.as_str(),
        }
    }
}

/// Tells whether a CRM field is the CRM's own, or is reached only through a typed field.
///
/// Such a field can never be requested as a custom field: who wrote a record, when, and whether it is
/// deleted can be forged by an API caller (Twenty 2.19), and a relation would lead to system objects.
pub fn is_system_name(name: &str) -> bool {
    const SYSTEM: &[&str] = &[
        // Provenance and life cycle.
        "id",
        "createdAt",
        "createdBy",
        "updatedAt",
        "updatedBy",
        "deletedAt",
        "position",
        "searchVector",
        // Relations, most of them to system objects.
        "attachments",
        "favorites",
        "timelineActivities",
        "messageParticipants",
        "messages",
        "messageThreads",
        "calendarEventParticipants",
        "calendarEvents",
        "noteTargets",
        "taskTargets",
        "workspaceMember",
        "workspaceMembers",
        "workflowRuns",
        "workflows",
        "blocklists",
        "listMemberships",
        "people",
        "opportunities",
        "pointOfContactForOpportunities",
        "accountOwner",
        "accountOwnerId",
        "userId",
        // Fields that the contract names otherwise.
        "name",
        "emails",
        "phones",
        "jobTitle",
        "linkedinLink",
        "company",
        "companyId",
        "domainName",
        "address",
        "annualRevenue",
        "stage",
        "amount",
        "closeDate",
        "pointOfContact",
        "pointOfContactId",
        "owner",
        "ownerId",
        "title",
        "body",
        "bodyV2",
        "status",
        "dueAt",
        "assignee",
        "assigneeId",
        "avatarUrl",
        "avatarFile",
    ];
    SYSTEM.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_found_by_its_name_and_no_other() {
        for &field in Field::ALL {
            assert_eq!(Field::from_name(field.object(), field.name()), Some(field));
            for other in ObjectKind::ALL.into_iter().filter(|o| *o != field.object()) {
                assert_ne!(Field::from_name(other, field.name()), Some(field));
            }
        }
    }

    #[test]
    fn system_fields_have_no_key() {
        for name in [
            "createdBy",
            "createdAt",
            "deletedAt",
            "id",
            "emails",
            "workspaceMember",
            "a.b",
            "a[eq]",
        ] {
            assert_eq!(
                FieldKey::from_name(ObjectKind::Contact, name),
                None,
                "{name}"
            );
        }
        assert!(FieldKey::from_name(ObjectKind::Contact, "leadSource").is_some());
    }

    #[test]
    fn sets_are_sets() {
        let contact = FieldSet::of(ObjectKind::Contact);
        let email: FieldSet = [Field::ContactEmail].into_iter().collect();
        assert!(email.is_subset_of(contact));
        assert!(!contact.is_subset_of(email));
        assert!(contact.without(email).and(email).is_empty());
        assert_eq!(contact.iter().count(), 8);
    }
}
