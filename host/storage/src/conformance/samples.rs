//! Values to keep.

use crate::Database;
use crate::database::on_pool;
use skillgate_app::digest::{self, capability_set};
use skillgate_app::ports::{
    AuditRecord, PolicyVersion, SettingsVersion, Storage, Submission, TokenRecord, VersionPut,
};
use skillgate_domain::capability::{Capabilities, Interface, ObjectCapability};
use skillgate_domain::crm::{FieldKey, ObjectKind, Selection};
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::{EndCause, Generation, Grant};
use skillgate_domain::ids::{
    AgentId, CommunityId, ConfigKey, GrantId, SkillName, SubmissionId, TokenId, ToolName, UserId,
};
use skillgate_domain::limits::CallLimits;
use skillgate_domain::member::Listed;
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_domain::settings::CommunitySettings;
use skillgate_domain::sharing::{FieldAllowlist, FieldAllowlists};
use skillgate_domain::time::Timestamp;
use sqlx::Executor;
use std::time::Duration;
use uuid::Uuid;

pub(super) fn community(name: &str) -> CommunityId {
    CommunityId::parse(name).unwrap()
}

pub(super) fn skill(name: &str) -> SkillName {
    SkillName::parse(name).unwrap()
}

/// 2026-03-01T09:30:00.123Z and `ms` more.
pub(super) fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_772_357_400_123 + ms)
}

/// A token of an admin of `red`, made at `at(number)`.
pub(super) fn token(number: u8) -> TokenRecord {
    TokenRecord {
        id: TokenId::new(Uuid::from_u128(u128::from(number))),
        secret_sha256: [number; 32],
        label: "laptop".to_owned(),
        community: community("red"),
        user: UserId::parse("ada").unwrap(),
        agent: None,
        role: Role::Admin,
        scope: TokenScope::FULL,
        created_at: at(number.into()),
        expires_at: at(1_000_000),
        revoked_at: None,
        listed: Listed::Never,
    }
}

/// A token that has everything a token can have.
pub(super) fn narrow_token(number: u8) -> TokenRecord {
    TokenRecord {
        label: "étiquette \"1\"; DROP TABLE tokens --".to_owned(),
        agent: Some(AgentId::parse("agent:7.a_b-c").unwrap()),
        role: Role::Agent,
        scope: TokenScope {
            skills: Some([skill("crm"), skill("tez-handoff")].into()),
            may_write: false,
        },
        revoked_at: Some(at(7)),
        ..token(number)
    }
}

/// A submission to `red` of a component of its own, at `at(number)`.
pub(super) fn submission(number: u8) -> Submission {
    Submission {
        id: SubmissionId::new(Uuid::from_u128(u128::from(number))),
        community: community("red"),
        skill: skill("crm"),
        version: "1.2.3-rc.1+build.5".to_owned(),
        component: Digest::from_bytes([number; 32]),
        manifest: Digest::from_bytes([0xee; 32]),
        manifest_text: "{\r\n\t\"title\": \"é\\u0000\"}\n".to_owned(),
        submitted_by: UserId::parse("grace").unwrap(),
        submitted_at: at(number.into()),
        owner: None,
        offered_at: None,
    }
}

/// A record of the audit trail of `red`.
pub(super) fn record(leaf: &str) -> AuditRecord {
    AuditRecord {
        community: community("red"),
        at: at(0),
        action: "grant-module",
        outcome: "done",
        user: Some(UserId::parse("ada").unwrap()),
        skill: Some(skill("crm")),
        invocation: None,
        leaf: leaf.to_owned(),
        write: None,
        journal: None,
    }
}

/// The record of any change.
pub(super) fn change() -> AuditRecord {
    record(r#"{"changed":true}"#)
}

/// The first grant of a skill, of a submission, made at `at(number)`.
pub(super) fn grant(number: u8, of: &Submission) -> Grant {
    Grant {
        id: GrantId::new(Uuid::from_u128(u128::from(number))),
        community: of.community.clone(),
        skill: of.skill.clone(),
        generation: Generation::new(1),
        submission: of.id,
        component: of.component,
        manifest: of.manifest,
        capability_set: capability_set(&capabilities()),
        capabilities: capabilities(),
        tools: [(ToolName::parse("add_note").unwrap(), of.manifest)].into(),
        limits: CallLimits {
            cpu: Duration::from_millis(7),
            crm_writes: 0,
            ..CallLimits::CEILING
        },
        config: [(
            ConfigKey::parse("default_stage").unwrap(),
            "Né\"w\n".to_owned(),
        )]
        .into(),
        granted_by: UserId::parse("ada").unwrap(),
        granted_at: at(number.into()),
        end: None,
        frozen_at: None,
        owner: None,
    }
}

/// A grant like `grant(number)`, of a later generation.
pub(super) fn next_grant(generation: u64, number: u8, of: &Submission) -> Grant {
    Grant {
        generation: Generation::new(generation),
        ..grant(number, of)
    }
}

/// Keeps a grant that nothing stands against. The one before is replaced.
pub(super) async fn granted(database: &Database, grant: &Grant) {
    let kept = database
        .insert_grant(grant, EndCause::Replaced, &change())
        .await;
    assert!(kept.unwrap(), "generation {:?}", grant.generation);
}

fn capabilities() -> Capabilities {
    let fields = |kind, names: &[&str]| -> Option<Selection> {
        names
            .iter()
            .map(|name| FieldKey::from_name(kind, name))
            .collect()
    };
    let mut capabilities = Capabilities::default();
    capabilities
        .interfaces
        .extend([Interface::Crm, Interface::Log]);
    capabilities.set_object(
        ObjectKind::Contact,
        ObjectCapability {
            read: fields(ObjectKind::Contact, &["email", "leadSource"]),
            create: Some(Selection::EMPTY),
            ..ObjectCapability::default()
        },
    );
    capabilities.set_object(
        ObjectKind::Task,
        ObjectCapability {
            link: true,
            ..ObjectCapability::default()
        },
    );
    capabilities
}

/// Version `number` of the settings of `red`, put at `at(number)`.
pub(super) fn settings(number: u32) -> SettingsVersion {
    let key = |name: &str| FieldKey::from_name(ObjectKind::Contact, name).unwrap();
    let own = format!("leadSource{number}");
    let list = FieldAllowlist {
        always: [key("first_name"), key(&own)].into_iter().collect(),
        on_request: [key("email")].into_iter().collect(),
    };
    let settings = CommunitySettings {
        sharing: FieldAllowlists::default().with(ObjectKind::Contact, list),
        coordinator: skill("acme-handoff"),
    };
    SettingsVersion {
        community: community("red"),
        change: VersionPut {
            version: number,
            digest: digest::settings(&settings),
            put_by: UserId::parse("ada").unwrap(),
            put_at: at(number.into()),
        },
        settings,
    }
}

/// Version `number` of the policies of `red`, put at `at(number)`.
pub(super) fn policies(number: u32) -> PolicyVersion {
    PolicyVersion {
        community: community("red"),
        change: VersionPut {
            version: number,
            digest: Digest::from_bytes([7; 32]),
            put_by: UserId::parse("ada").unwrap(),
            put_at: at(number.into()),
        },
        text: format!("// {number} é\r\npermit (principal, action, resource);\n"),
    }
}

/// Hands in and returns `submission(number)`.
pub(super) async fn submitted(database: &Database, number: u8) -> Submission {
    let submission = submission(number);
    database
        .insert_submission(&submission, &[number], &change())
        .await
        .unwrap();
    submission
}

/// Runs a statement that is the same for both databases.
pub(super) async fn execute(database: &Database, sql: &'static str) -> Result<(), sqlx::Error> {
    on_pool!(database, pool => pool.execute(sql).await.map(drop))
}

/// Counts what a statement selects.
pub(super) async fn count(database: &Database, sql: &'static str) -> i64 {
    on_pool!(database, pool => sqlx::query_scalar(sql).fetch_one(pool).await).unwrap()
}
