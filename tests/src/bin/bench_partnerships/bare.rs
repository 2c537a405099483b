use sqlx::postgres::{PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, QueryBuilder};
use std::str::FromStr;

/// The community that everything is asked for.
pub(crate) const HUB: &str = "hub";
/// How many partners it has.
pub(crate) const PARTNERS: u32 = 1_000;
const COMMUNITIES: u32 = 100_000;

const FIRST: [&str; 20] = [
    "Nature",
    "Garden",
    "River",
    "Mountain",
    "Climbing",
    "Chess",
    "Cycling",
    "Choir",
    "Open Data",
    "Repair",
    "Solar",
    "Bread",
    "Film",
    "History",
    "Photography",
    "Sailing",
    "Running",
    "Knitting",
    "Robotics",
    "Theatre",
];
const SECOND: [&str; 10] = [
    "Friends",
    "Club",
    "Society",
    "Network",
    "Collective",
    "Circle",
    "Alliance",
    "Forum",
    "Group",
    "Union",
];
const THIRD: [&str; 12] = [
    "Berlin", "Hamburg", "Porto", "Lyon", "Gdansk", "Turin", "Leeds", "Cork", "Bergen", "Tartu",
    "Ghent", "Graz",
];
const PERMISSIONS: &str = r#"{"notifications":{"posts":true,"votes":true,"comments":true,"boards":true,"announcements":true},"rateLimit":{"maxPerHour":1000,"maxPerDay":10000},"filters":{"minVoteThreshold":0,"boardWhitelist":[]}}"#;
const BARE: &str = "CREATE TABLE IF NOT EXISTS bare_events (community TEXT, number BIGINT, at TEXT, notification BIGINT, sender TEXT, PRIMARY KEY (community, number))";
const LIKE: &str = "SELECT id, name, short_id FROM communities WHERE lower(name || ' ' || short_id) LIKE $1 ORDER BY name LIMIT 21";
const PAGE: &str = "
    SELECT p.id, p.status, c.name, c.short_id FROM community_partnerships p
    JOIN communities c ON c.id = p.target_community_id
    WHERE p.source_community_id = $1 ORDER BY p.id DESC LIMIT 101";

/// The database alone.
pub(crate) enum Bare {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

macro_rules! on {
    ($bare:expr, $pool:ident => $work:expr) => {
        match $bare {
            Bare::Sqlite($pool) => $work,
            Bare::Postgres($pool) => $work,
        }
    };
}

fn word(of: &[&str], number: &str) -> String {
    let words: Vec<String> = (0..)
        .zip(of)
        .map(|(number, word)| format!("WHEN {number} THEN '{word}'"))
        .collect();
    format!("CASE ({number}) % {} {} END", of.len(), words.join(" "))
}

impl Bare {
    /// Fills the tables of a host with communities, and gives one of them partners.
    pub(crate) async fn fill(address: &str) -> anyhow::Result<Self> {
        let (bare, time, json) = if address.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(address)?
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full);
            let pool = SqlitePoolOptions::new().max_connections(1);
            (Self::Sqlite(pool.connect_with(options).await?), "", "")
        } else {
            let pool = PgPoolOptions::new().max_connections(4);
            (
                Self::Postgres(pool.connect(address).await?),
                "TIMESTAMPTZ ",
                "::jsonb",
            )
        };
        let at = |day: &str| format!("{time}'2026-{day}T12:00:00+00:00'");
        let (begun, over) = (at("02-01"), at("03-03"));
        let name = [
            word(&FIRST, "i"),
            word(&SECOND, "i / 20"),
            word(&THIRD, "i / 200"),
        ];
        let name = name.join(" || ' ' || ");
        let numbers = |last| {
            format!(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {last})"
            )
        };
        let permissions = format!("'{PERMISSIONS}'{json}");
        for sql in [
            format!(
                "INSERT INTO communities (id, name, short_id, version, created_at, updated_at, changed) \
                 {} SELECT 'c' || i, {name} || ' ' || i, 'c' || i, 1, {begun}, {begun}, i FROM n",
                numbers(COMMUNITIES)
            ),
            format!(
                "INSERT INTO communities (id, name, short_id, version, created_at, updated_at, changed) \
                 VALUES ('{HUB}', 'The hub', '{HUB}', 1, {begun}, {begun}, {})",
                COMMUNITIES + 1
            ),
            format!("UPDATE communities_changed SET last = {}", COMMUNITIES + 1),
            format!("INSERT INTO users (user_id, created_at) VALUES ('ada', {begun})"),
            format!(
                "INSERT INTO community_partnerships (source_community_id, target_community_id, status, \
                 relationship_type, source_to_target_permissions, target_to_source_permissions, \
                 invited_by_user_id, invited_at, expires_at, responded_by_user_id, responded_at, \
                 partnership_started_at, version, created_at, updated_at) \
                 {} SELECT '{HUB}', 'c' || i, 'accepted', 'partner', {permissions}, {permissions}, 'ada', \
                 {begun}, {over}, 'ada', {begun}, {begun}, 2, {begun}, {begun} FROM n",
                numbers(PARTNERS)
            ),
            BARE.to_owned(),
        ] {
            on!(&bare, pool => sqlx::query(AssertSqlSafe(sql)).execute(pool).await.map(drop))?;
        }
        Ok(bare)
    }

    /// Searches as a database does without anything of ours.
    pub(crate) async fn like(&self, query: &str) -> anyhow::Result<()> {
        let pattern = format!("%{}%", query.replace("%20", "%"));
        on!(self, pool => {
            let rows = sqlx::query(LIKE).bind(pattern).fetch_all(pool).await;
            rows.map(drop)
        })?;
        Ok(())
    }

    /// Reads a page of partnerships with their partners.
    pub(crate) async fn page(&self) -> anyhow::Result<()> {
        on!(self, pool => sqlx::query(PAGE).bind(HUB).fetch_all(pool).await.map(drop))?;
        Ok(())
    }

    /// Inserts a row for each partner, and commits once.
    pub(crate) async fn insert(&self, number: usize) -> anyhow::Result<()> {
        let number = i64::try_from(number)?;
        on!(self, pool => {
            let mut rows = QueryBuilder::new(
                "INSERT INTO bare_events (community, number, at, notification, sender) ",
            );
            rows.push_values(0..PARTNERS, |mut row, partner| {
                row.push_bind(format!("c{partner}"))
                    .push_bind(number)
                    .push_bind("2026-03-01T12:00:00+00:00")
                    .push_bind(number)
                    .push_bind(HUB);
            });
            rows.build().execute(pool).await.map(drop)
        })?;
        Ok(())
    }
}
