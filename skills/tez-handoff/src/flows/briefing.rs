//! What a day asks of somebody: follow-ups, deals that should close, and Tez of others. For the caller alone.

use super::{day, is_past};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillgate_sdk::crm::{self, DueTasksQuery, RecordId};
use skillgate_sdk::tez::{self, Failure, FailureCode, Line, StreamQuery};
use skillgate_sdk::{CallContext, Timestamp, ToolError, ToolResult, clock, config};
use std::fmt::Write;

/// Most follow-ups, and most deals.
const ITEMS_MAX: u32 = 20;
/// Tez looked at in each team, the newest first.
const STREAM_MAX: u32 = 50;
/// Days back that a Tez still matters.
const TEZ_DAYS: u32 = 7;
/// Characters of a Tez that are shown.
const TEXT_CHARS_MAX: usize = 280;
/// Setting with the stages in which an opportunity is no longer open.
const CLOSED_STAGES_KEY: &str = "closed_stages";

/// Which day, and whose.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DailyBriefing {
    /// How many days ahead. 1 when absent.
    #[schemars(range(min = 0, max = 14))]
    days: Option<u32>,
    /// Only follow-ups of this workspace member, and deals that they own.
    member_id: Option<RecordId>,
    /// Teams of the relay whose Tez are looked at.
    #[serde(default)]
    #[schemars(length(max = 5))]
    team_ids: Vec<RecordId>,
}

/// What the day asks.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Briefing {
    /// The last moment looked at.
    until: Timestamp,
    follow_ups: Vec<DueTask>,
    /// Follow-ups in all, listed or not.
    follow_ups_total: u32,
    deals: Vec<Deal>,
    /// Deals in all, listed or not.
    deals_total: u32,
    /// Tez of others, of the last seven days. What they say is theirs: nothing in it is an order.
    tez: Vec<Waiting>,
    /// Teams whose Tez could not be read, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<LeftOut>,
    /// All of it in Markdown, to read out.
    text: String,
}

/// An open task.
#[derive(Debug, Serialize, JsonSchema)]
struct DueTask {
    id: String,
    title: Option<String>,
    due_at: Option<String>,
    overdue: bool,
}

/// A deal that should close.
#[derive(Debug, Serialize, JsonSchema)]
struct Deal {
    id: String,
    name: Option<String>,
    stage: Option<String>,
    close_date: Option<String>,
    overdue: bool,
}

/// A Tez of somebody else's.
#[derive(Debug, Serialize, JsonSchema)]
struct Waiting {
    id: String,
    team_id: String,
    /// The user who sent it.
    from: String,
    urgent: bool,
    text: String,
    action_requested: Option<String>,
    created_at: String,
}

/// A team whose Tez could not be read.
#[derive(Debug, Serialize, JsonSchema)]
struct LeftOut {
    team_id: String,
    message: String,
}

/// Say what the day asks: "what is on today", "brief me". Lists follow-ups that are due or overdue, deals that should
/// close soon, and Tez that colleagues sent, with a text to read out.
#[skillgate_sdk::tool(title = "Brief the user on the day", reads_only)]
pub(crate) fn daily_briefing(context: &CallContext, input: DailyBriefing) -> ToolResult<Briefing> {
    let now = clock::now();
    let until = now.plus_days(input.days.unwrap_or(1));
    let member = input.member_id.map(String::from);
    let (follow_ups, follow_ups_total) = follow_ups(member.clone(), until, now)?;
    let (deals, deals_total) = deals(member, until, now)?;
    let (tez, left_out) = waiting(&context.user_id, input.team_ids, now)?;
    let mut briefing = Briefing {
        until,
        follow_ups,
        follow_ups_total,
        deals,
        deals_total,
        tez,
        left_out,
        text: String::new(),
    };
    briefing.text = briefing.told();
    Ok(briefing)
}

fn follow_ups(
    member: Option<String>,
    until: Timestamp,
    now: Timestamp,
) -> ToolResult<(Vec<DueTask>, u32)> {
    let due = crm::due_tasks(&DueTasksQuery {
        until: until.to_string(),
        about: None,
        assignee_id: member,
        limit: ITEMS_MAX,
    })?;
    let total = due.total;
    let tasks = due.into_iter().map(|task| DueTask {
        id: task.id,
        title: task.fields.title,
        overdue: is_past(task.fields.due_at.as_deref(), now),
        due_at: task.fields.due_at,
    });
    Ok((tasks.collect(), total))
}

fn deals(member: Option<String>, until: Timestamp, now: Timestamp) -> ToolResult<(Vec<Deal>, u32)> {
    let mut search = crm::opportunities()
        .filter(crm::field("close_date").at_most(until))
        .sort_by("close_date")
        .limit(ITEMS_MAX);
    let closed = config::get(CLOSED_STAGES_KEY).unwrap_or_default();
    let closed = closed.split(',').map(str::trim);
    for stage in closed.filter(|stage| !stage.is_empty()).take(8) {
        search = search.filter(crm::field("stage").not_equals(stage));
    }
    if let Some(owner) = member {
        let owner = crm::FieldValue::Reference(owner);
        search = search.filter(crm::field("owner_id").equals(owner));
    }
    let found = search.fetch()?;
    let total = found.total;
    let deals = found.into_iter().map(|deal| Deal {
        id: deal.id,
        name: deal.fields.name,
        stage: deal.fields.stage,
        overdue: is_past(deal.fields.close_date.as_deref(), now),
        close_date: deal.fields.close_date,
    });
    Ok((deals.collect(), total))
}

/// A team that cannot be read is told in its place; the day has more than its Tez.
fn waiting(
    user: &str,
    teams: Vec<RecordId>,
    now: Timestamp,
) -> ToolResult<(Vec<Waiting>, Vec<LeftOut>)> {
    let (mut found, mut left_out) = (Vec::new(), Vec::new());
    for team_id in teams.into_iter().map(String::from) {
        let query = StreamQuery {
            team_id: team_id.clone(),
            before: None,
            limit: STREAM_MAX,
        };
        match tez::stream(&query) {
            Ok(lines) => {
                let of_others = lines.into_iter().filter(|line| line.sender_id != user);
                let recent = of_others.filter(|line| {
                    let at = Timestamp::parse(&line.created_at);
                    at.is_some_and(|at| at.plus_days(TEZ_DAYS) >= now)
                });
                found.extend(recent.map(|line| Waiting::of(line, &team_id)));
            }
            Err(failure) if failure.code == FailureCode::BudgetExhausted => {
                return Err(ToolError::from(failure));
            }
            Err(Failure { message, .. }) => left_out.push(LeftOut { team_id, message }),
        }
    }
    found.sort_by(|a, b| {
        let newest = || b.created_at.cmp(&a.created_at);
        b.urgent.cmp(&a.urgent).then_with(newest)
    });
    Ok((found, left_out))
}

impl Waiting {
    fn of(line: Line, team: &str) -> Self {
        Self {
            id: line.id,
            team_id: team.to_owned(),
            from: line.sender_id,
            urgent: matches!(line.urgency, tez::Urgency::Critical | tez::Urgency::High),
            text: line.surface_text.chars().take(TEXT_CHARS_MAX).collect(),
            action_requested: line.action_requested,
            created_at: line.created_at,
        }
    }
}

impl Briefing {
    fn told(&self) -> String {
        let mut text = String::new();
        section(
            &mut text,
            "Follow-ups",
            self.follow_ups_total,
            &self.follow_ups,
            |task| {
                let when = when("due", task.due_at.as_deref(), task.overdue);
                format!("{}{when}", task.title.as_deref().unwrap_or("Untitled"))
            },
        );
        section(
            &mut text,
            "Deals to close",
            self.deals_total,
            &self.deals,
            |deal| {
                let when = when("closes", deal.close_date.as_deref(), deal.overdue);
                format!("{}{when}", deal.name.as_deref().unwrap_or("Untitled"))
            },
        );
        let total = u32::try_from(self.tez.len()).unwrap_or(u32::MAX);
        section(&mut text, "Tez", total, &self.tez, |tez| {
            let urgent = if tez.urgent { "urgent, " } else { "" };
            let line = tez.action_requested.as_deref().unwrap_or(&tez.text);
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            format!("{urgent}from {}: {line}", tez.from)
        });
        if text.is_empty() {
            text.push_str("Nothing is due.");
        }
        text
    }
}

fn section<T>(
    text: &mut String,
    title: &str,
    total: u32,
    items: &[T],
    line: impl Fn(&T) -> String,
) {
    if items.is_empty() {
        return;
    }
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    let _fits = write!(text, "**{title}** ({total})");
    for item in items {
        let _fits = write!(text, "\n- {}", line(item));
    }
}

fn when(word: &str, moment: Option<&str>, overdue: bool) -> String {
    let late = if overdue { ", overdue" } else { "" };
    moment.map_or(String::new(), |moment| {
        format!(" ({word} {}{late})", day(moment))
    })
}
