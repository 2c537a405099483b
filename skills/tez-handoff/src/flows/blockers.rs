//! What holds a deal up, for whoever can help. Told are only facts that the community lets out.

use super::{HandedOver, To, day, hand_over, is_past};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillgate_sdk::crm::{self, EntryRef, ObjectKind, Opportunity, RecordId, Task};
use skillgate_sdk::tez::{self, ContextItem, FailureCode, Kind, Layer, Snapshot, Source, Words};
use skillgate_sdk::{Timestamp, ToolResult, clock, planner};
use std::fmt::Write;

/// Most open tasks that are looked at, those due first.
const TASKS_MAX: u32 = 10;
/// Days without a change after which a deal is stale.
const STALE_DAYS: u32 = 14;
/// Longest advice of a planner, in characters.
const ADVICE_CHARS_MAX: usize = 2_000;

/// Which opportunity, and who should know.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SummarizeBlockers {
    /// The opportunity's id.
    opportunity_id: RecordId,
    /// To whom the summary goes. Without it, it is only drafted.
    to: Option<To>,
    /// Whether the planner is asked for a way out, if there is one.
    #[serde(default = "yes")]
    advice: bool,
}

const fn yes() -> bool {
    true
}

/// What a blocker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BlockerKind {
    /// The deal should be closed by now.
    CloseDatePassed,
    /// Something should have been done by now.
    OverdueTask,
    /// Nobody has anything to do for it.
    NoOpenTask,
    /// Nothing has changed for two weeks.
    Stale,
}

/// Something that holds a deal up.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Blocker {
    kind: BlockerKind,
    text: String,
}

/// What holds a deal up.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Blocked {
    blockers: Vec<Blocker>,
    /// Open tasks of the deal that are not late, as they may be passed on.
    open: Vec<String>,
    /// What people read first.
    surface_text: String,
    /// What the planner advises.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
    /// The Tez, where there is somebody to have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    tez: Option<HandedOver>,
}

/// Find out what holds an opportunity up and tell it to colleagues as a Tez: "why is the Acme deal stuck", "tell the team
/// what blocks this". Looks at the deal and its open tasks; only what may be passed on is told.
#[skillgate_sdk::tool(title = "Summarise what blocks an opportunity")]
pub(crate) fn summarize_opportunity_blockers(input: SummarizeBlockers) -> ToolResult<Blocked> {
    let deal = tez::snapshot::<Opportunity>(input.opportunity_id.as_str())?;
    let target = EntryRef::new(ObjectKind::Opportunity, input.opportunity_id);
    let tasks = open_tasks(&target)?;
    let now = clock::now();
    let (late, open): (Vec<_>, Vec<_>) = tasks.iter().partition(|task| {
        is_past(
            shown(task, "due_at", task.entry.fields.due_at.as_deref()),
            now,
        )
    });
    let blockers = blockers(&deal, (&late, tasks.is_empty()), now);
    let open: Vec<_> = open.into_iter().map(|task| task.name.clone()).collect();
    let mut surface_text = surface(&deal.name, &blockers, &open);
    let advice = input.advice.then(|| advice(&deal, &surface_text)).flatten();
    if let Some(advice) = &advice {
        let _fits = write!(surface_text, "\n\nAdvice:\n{advice}");
    }
    let context = || {
        let of_task = |task: &Snapshot<Task>| {
            let id = task.entry.id.as_str();
            ContextItem::OfRecord(EntryRef::new(ObjectKind::Task, id))
        };
        let question = ContextItem::OfWords(Words {
            layer: Layer::Hint,
            content: deal.question.clone(),
            source: Source::Inferred,
        });
        let first = std::iter::once(ContextItem::OfRecord(target.clone()));
        first
            .chain(tasks.iter().map(of_task))
            .chain([question])
            .collect()
    };
    let to = input.to;
    let tez = to.map(|to| hand_over(to, Kind::Update, &surface_text, context()));
    Ok(Blocked {
        blockers,
        open,
        advice,
        tez: tez.transpose()?,
        surface_text,
    })
}

fn open_tasks(deal: &EntryRef) -> ToolResult<Vec<Snapshot<Task>>> {
    let open = crm::tasks()
        .linked_to(deal.clone())
        .filter(crm::field("status").not_equals("DONE"))
        .sort_by("due_at")
        .limit(TASKS_MAX)
        .fetch()?;
    let seen = open.into_iter().map(|task| tez::snapshot(task.id));
    Ok(seen.collect::<Result<_, _>>()?)
}

fn blockers(
    deal: &Snapshot<Opportunity>,
    (late, none_open): (&[&Snapshot<Task>], bool),
    now: Timestamp,
) -> Vec<Blocker> {
    let mut found = Vec::new();
    let mut add = |kind, text| found.push(Blocker { kind, text });
    let close = shown(deal, "close_date", deal.entry.fields.close_date.as_deref());
    if let Some(close) = close.filter(|close| is_past(Some(close), now)) {
        let text = format!("The close date, {}, has passed.", day(close));
        add(BlockerKind::CloseDatePassed, text);
    }
    for task in late {
        let due = task.entry.fields.due_at.as_deref().map_or("", day);
        let text = format!("Overdue since {due}: {}", task.name);
        add(BlockerKind::OverdueTask, text);
    }
    if none_open {
        let text = "Nobody has anything to do for it.".to_owned();
        add(BlockerKind::NoOpenTask, text);
    }
    let changed = deal
        .provenance
        .updated_at
        .as_deref()
        .and_then(Timestamp::parse);
    if let Some(changed) = changed.filter(|changed| changed.plus_days(STALE_DAYS) < now) {
        let since = changed.to_string();
        let text = format!("Nothing about it has changed since {}.", day(&since));
        add(BlockerKind::Stale, text);
    }
    found
}

/// Returns a value that may be passed on.
fn shown<'a, T>(snapshot: &Snapshot<T>, field: &str, value: Option<&'a str>) -> Option<&'a str> {
    let let_out = snapshot.provenance.fields.iter().any(|it| it == field);
    value.filter(|_| let_out)
}

fn surface(name: &str, blockers: &[Blocker], open: &[String]) -> String {
    let mut text = if blockers.is_empty() {
        format!("Nothing seems to hold {name} up.")
    } else {
        let mut text = format!("What holds {name} up:");
        for blocker in blockers {
            let _fits = write!(text, "\n- {}", blocker.text);
        }
        text
    };
    if !open.is_empty() {
        text.push_str("\n\nOpen:");
        for task in open {
            let _fits = write!(text, "\n- {task}");
        }
    }
    text
}

/// Asks the planner, who is told what may be passed on, and no more. Whatever becomes of it, the summary goes on.
fn advice(deal: &Snapshot<Opportunity>, summary: &str) -> Option<String> {
    let prompt = format!(
        "A deal is held up. Write at most three steps that would move it on. Plain text, no preamble.\n\
         Record: {}\n{summary}",
        deal.content
    );
    match planner::ask(prompt, None, None) {
        Ok(answer) => Some(answer.text.chars().take(ADVICE_CHARS_MAX).collect()),
        Err(failure) => {
            if failure.code != FailureCode::NotConfigured {
                skillgate_sdk::log::warn(&format!("no advice: {}", failure.message));
            }
            None
        }
    }
}
