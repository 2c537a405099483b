use super::samples::{change, execute, grant, granted, submitted, token};
use crate::database::{Database, Pool, on_pool};
use crate::error::OpenError;
use crate::testing::Place;
use skillgate_app::ports::Storage;

/// A column with a question mark may be empty.
const TABLES: [&str; 40] = [
    "audit: number community at action outcome user_id? skill? invocation? leaf",
    "audit_head: id size frontier",
    "checkpoints: size frontier at note",
    "communities: id name short_id description? version created_at updated_at changed members",
    "communities_changed: id last",
    "community_events: community_id number at partnership? version? status? notification? \
     sender_community_id? sent?",
    "community_feeds: community_id last",
    "community_members: community_id user_id role name? email? wants_mail mail_key version \
     joined_at changed_at left_at?",
    "community_partnerships: id source_community_id target_community_id status relationship_type \
     source_to_target_permissions target_to_source_permissions invited_by_user_id invited_at \
     expires_at responded_by_user_id? responded_at? partnership_started_at? partnership_ended_at? \
     suspended_by? invite_message? response_message? end_reason? version created_at updated_at",
    "community_settings: community version document digest put_by put_at",
    "components: digest bytes",
    "grants: id community skill submission component manifest capabilities limits config granted_by \
     granted_at revoked_at? generation capability_set tools ended_as? partnership?",
    "http_usage: community skill hour requests",
    "http_usage_totals: community skill requests",
    "idempotency: id principal fingerprint leased_until expires_at ended status? headers? body?",
    "journals: record invocation community at body",
    "mails: community_id number user_id at due_at? tries outcome? ended_at?",
    "module_state: community skill key version value",
    "module_state_accounts: community skill next_version keys bytes",
    "notifications: id community_id at kind board? votes? title body? link?",
    "partnership_moves: partnership version at moved side? user_id? detail",
    "pending_writes: id community deadline intent",
    "plan_receipts: plan number outcome code? answer?",
    "plans: id community digest expires_at body claimed_by? claimed_until? ended owner awaited_by? \
     declined told",
    "policies: community version text digest put_by put_at",
    "relay_counts: community_id day outcome count",
    "rights_version: id number",
    "secrets: community skill name version sealed? put_by put_at",
    "skill_generations: community skill generation frozen_at?",
    "submissions: id community skill version component manifest manifest_text submitted_by \
     submitted_at owner? offered_at?",
    "tez: id community team thread parent? sender kind urgency visibility surface_text \
     action_requested? status created_at updated_at",
    "tez_contacts: community user_id name email? registered_at updated_at",
    "tez_context: id tez number layer content mime_type? confidence? source derived_from? \
     provenance? created_by created_at redacted_at? redacted_by? redaction_reason?",
    "tez_expansions: id community tez context object record asker owner fields reason asked_at \
     expires_at decided_at? approved? note? reply?",
    "tez_members: team user_id role added_at",
    "tez_reads: tez user_id read_at",
    "tez_recipients: tez number address delivered_at?",
    "tez_teams: id community name created_by created_at",
    "tokens: id secret_sha256 label community user_id agent_id? role skills? may_write created_at \
     expires_at revoked_at?",
    "users: user_id created_at",
];

/// Table, column, and whether it may be empty, in the order of the columns.
const SQLITE: &str = "
    SELECT t.name, c.name, c.\"notnull\" = 0
    FROM sqlite_schema t JOIN pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite%'
    ORDER BY t.name, c.cid";
const POSTGRES: &str = "
    SELECT table_name::text, column_name::text, is_nullable = 'YES'
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'
    ORDER BY table_name, ordinal_position";

async fn columns(database: &Database) -> Vec<(String, String, bool)> {
    let sql = match database.pool {
        Pool::Sqlite(_) => SQLITE,
        Pool::Postgres(_) => POSTGRES,
    };
    on_pool!(database, pool => sqlx::query_as(sql).fetch_all(pool).await).unwrap()
}

pub(super) async fn tables_and_columns_have_the_same_names(place: &Place) {
    let database = place.open().await;
    let mut tables: Vec<(String, Vec<String>)> = Vec::new();
    for (table, column, nullable) in columns(&database).await {
        let column = if nullable {
            format!("{column}?")
        } else {
            column
        };
        match tables.last_mut() {
            Some((last, columns)) if *last == table => columns.push(column),
            _ => tables.push((table, vec![column])),
        }
    }
    let lines: Vec<_> = tables
        .iter()
        .map(|(table, columns)| format!("{table}: {}", columns.join(" ")))
        .collect();
    assert_eq!(lines, TABLES);
}

pub(super) async fn opening_again_keeps_everything(place: &Place) {
    let database = place.open().await;
    let of = submitted(&database, 1).await;
    granted(&database, &grant(1, &of)).await;
    database.insert_token(&token(1), &change()).await.unwrap();
    database.close().await;

    let again = place.open().await;
    assert_eq!(again.token(token(1).id).await.unwrap(), Some(token(1)));
    assert_eq!(
        again.active_grants(&of.community).await.unwrap(),
        [grant(1, &of)]
    );
    assert_eq!(again.submissions(&of.community).await.unwrap(), [of]);
}

pub(super) async fn a_database_of_a_newer_program_is_refused(place: &Place) {
    let database = place.open().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 SELECT 9999, 'newer', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
    execute(&database, newer).await.unwrap();
    database.close().await;
    let refused = Database::connect(&place.address).await;
    assert!(
        matches!(refused, Err(OpenError::Foreign(9999))),
        "{refused:?}"
    );
}
