//! Plans: what a call would write is shown, then happens exactly so, once.

use serde_json::{Value, json};
use skillgate_app::invocations::InvokeError;
use skillgate_app::plans::{PlanError, PlanStanding};
use skillgate_app::ports::CrmError;
use skillgate_domain::digest::Digest;
use skillgate_domain::ids::{CommunityId, SkillName};
use skillgate_domain::plan::{Effect, PLAN_LIFETIME, PlanState, Receipt};
use skillgate_domain::principal::{Principal, Role, TokenScope};
use skillgate_policy::SHIPPED;
use skillgate_tests::crm::{Fault, FaultyCrm};
use skillgate_tests::host::{TestHost, admin, agent, embedded_crm, principal};
use skillgate_tests::skills;
use std::sync::Arc;
use std::time::Duration;

/// Longer than anybody's claim on a plan.
const CLAIM_IS_OVER: Duration = Duration::from_secs(121);

struct World {
    host: TestHost,
    crm: Arc<FaultyCrm>,
}

impl World {
    async fn new() -> Self {
        let crm = Arc::new(FaultyCrm::over(embedded_crm().await));
        let host = TestHost::start(crm.clone()).await;
        let (manifest, component) = skills::crm();
        host.install(&manifest, &component).await.unwrap();
        Self { host, crm }
    }

    async fn tool(&self, tool: &str, input: Value) -> Value {
        let done = self.host.call_tool(&agent(), "crm", tool, &input).await;
        done.unwrap_or_else(|error| panic!("{tool}: {error:?}"))
    }

    async fn plan(&self, caller: &Principal, tool: &str, input: Value) -> PlanStanding {
        let plan = self.host.plan(caller, "crm", tool, &input).await;
        plan.unwrap_or_else(|error| panic!("{tool}: {error:?}"))
    }

    async fn plan_lead(&self) -> PlanStanding {
        self.plan(&agent(), "create_lead", lead()).await
    }

    async fn people(&self) -> Value {
        let found = self.tool("search_contacts", json!({ "text": "lovelace" }));
        found.await["total"].clone()
    }

    async fn apply(&self, plan: &PlanStanding) -> Result<PlanStanding, PlanError> {
        self.host.apply(&agent(), plan).await
    }

    /// Puts the shipped policies and one more.
    async fn put(&self, more: &str) {
        let text = format!("{SHIPPED}\n{more}");
        let policies = &self.host.app.policies;
        policies.put(&admin(), text, 0).await.unwrap();
    }

    async fn recorded(&self, action: &str) -> Vec<String> {
        let word = |leaf: &Value| {
            let code = leaf["code"].as_str().map(|code| format!(" {code}"));
            format!(
                "{}{}",
                leaf["outcome"].as_str().unwrap(),
                code.unwrap_or_default()
            )
        };
        let leaves = self.host.recorded(action).await;
        leaves.iter().rev().map(word).collect()
    }
}

fn lead() -> Value {
    json!({
        "name": "Analytical engine",
        "person": { "email": "Ada@Engines.example", "first_name": "Ada", "last_name": "Lovelace" },
        "company": { "name": "Engines", "domain": "engines.example" },
    })
}

fn in_words(plan: &PlanStanding) -> Vec<String> {
    let effects = plan.plan.effects.iter();
    let word = |effect: &Effect| {
        format!(
            "{} {}",
            effect.act().name().trim_start_matches("crm-"),
            effect.record().unwrap().object.name()
        )
    };
    effects.map(word).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_happens_as_it_was_shown() {
    let world = World::new().await;
    let plan = world.plan_lead().await;
    assert_eq!(
        in_words(&plan),
        ["create company", "create contact", "create opportunity"]
    );
    assert_eq!((world.crm.writes(), world.people().await), (0, json!(0)));

    let applied = world.apply(&plan).await.unwrap();
    assert_eq!(applied.state, PlanState::Applied);
    assert_eq!(applied.receipts, vec![Receipt::Done; 3]);
    assert_eq!(world.crm.writes(), 3);
    let found = world
        .tool("search_contacts", json!({ "text": "lovelace" }))
        .await;
    let planned = plan.plan.effects[1].record().unwrap().id.to_string();
    assert_eq!(found["contacts"][0]["id"], json!(planned));

    // A repeat answers the same and does nothing, long after the plan expired.
    world.host.clock.advance(PLAN_LIFETIME);
    assert_eq!(world.apply(&plan).await.unwrap(), applied);
    let shown = world.host.app.plans.show(&agent(), plan.plan.id).await;
    assert_eq!(shown.unwrap(), applied);
    assert_eq!(world.crm.writes(), 3);
    assert_eq!(world.recorded("plan-skill").await, ["done"]);
    assert_eq!(world.recorded("apply-plan").await, ["intended", "done"]);
    assert_eq!(
        world.recorded("crm-create").await,
        ["intended", "done", "intended", "done", "intended", "done"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_shown_from_what_to_what() {
    let world = World::new().await;
    let task = json!({ "title": "Call Ada", "due_at": "2026-03-03T09:00:00Z" });
    let made = world.tool("upsert_task", task).await;
    let id = made["task"]["id"].clone();
    let change = json!({ "id": id, "status": "DONE" });
    let plan = world.plan(&agent(), "upsert_task", change).await;
    let view = serde_json::to_value(skillgate_server::views::plan(&plan)).unwrap();
    assert_eq!(
        view["effects"],
        json!([{
            "number": 1,
            "action": "update",
            "object": "task",
            "id": id,
            "fields": [{ "field": "status", "before": "TODO", "after": "DONE" }],
        }])
    );
    let applied = world.apply(&plan).await.unwrap();
    assert_eq!(applied.state, PlanState::Applied);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_applied_by_whom_it_belongs_to_and_as_it_was_shown() {
    let world = World::new().await;
    let plan = world.plan_lead().await;
    let apply = async |caller: &Principal| {
        let done = world.host.apply(caller, &plan).await;
        done.map(|done| done.state)
            .map_err(|error| error.to_string())
    };
    let stranger = principal(Role::Member, "someone-else");
    let elsewhere = Principal {
        community: CommunityId::parse("hillside").unwrap(),
        ..agent()
    };
    let other_agent = Principal {
        agent: Some(skillgate_domain::ids::AgentId::parse("another").unwrap()),
        ..agent()
    };
    let nobody = Err("there is no such plan of yours".to_owned());
    for caller in [stranger, elsewhere, other_agent] {
        assert_eq!(apply(&caller).await, nobody, "{caller:?}");
        let shown = world.host.app.plans.show(&caller, plan.plan.id).await;
        assert!(matches!(shown, Err(PlanError::NotFound)), "{caller:?}");
    }
    let reader = Principal {
        scope: TokenScope {
            may_write: false,
            ..TokenScope::FULL
        },
        ..agent()
    };
    let refused = world.host.apply(&reader, &plan).await;
    assert!(
        matches!(refused, Err(PlanError::Denied { number: 1, .. })),
        "{refused:?}"
    );
    let other_skill = Principal {
        scope: TokenScope {
            skills: Some([SkillName::parse("other").unwrap()].into()),
            ..TokenScope::FULL
        },
        ..agent()
    };
    let refused = world.host.apply(&other_skill, &plan).await;
    assert!(
        matches!(refused, Err(PlanError::OutOfScope(_))),
        "{refused:?}"
    );
    let another = PlanStanding {
        digest: Digest::from_bytes([7; 32]),
        ..plan.clone()
    };
    let refused = world.apply(&another).await;
    assert!(
        matches!(refused, Err(PlanError::AnotherDigest)),
        "{refused:?}"
    );
    assert_eq!(world.crm.writes(), 0);
    // The person for whom the agent asked.
    let person = Principal {
        agent: None,
        role: Role::Member,
        ..agent()
    };
    assert_eq!(apply(&person).await, Ok(PlanState::Applied));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_a_plan_was_made_stops_it_before_it_begins() {
    let world = World::new().await;
    let skill = SkillName::parse("crm").unwrap();
    let modules = &world.host.app.modules;
    let plan = world.plan_lead().await;

    modules.freeze(&admin(), &skill).await.unwrap();
    let refused = world.apply(&plan).await;
    assert!(
        matches!(refused, Err(PlanError::GrantChanged("skill-frozen"))),
        "{refused:?}"
    );
    modules.unfreeze(&admin(), &skill).await.unwrap();

    let policy = "@id(\"people-apply\")
        forbid (principal is Agent, action == Action::\"apply-plan\", resource);";
    world.put(policy).await;
    let refused = world.apply(&plan).await;
    assert!(
        matches!(refused, Err(PlanError::Forbidden(_))),
        "{refused:?}"
    );

    let task = json!({ "title": "Call Ada", "due_at": "2026-03-03T09:00:00Z" });
    let made = world.tool("upsert_task", task).await;
    let change = |status| json!({ "id": made["task"]["id"], "status": status });
    let person = Principal {
        agent: None,
        role: Role::Member,
        ..agent()
    };
    let stale = world.plan(&person, "upsert_task", change("DONE")).await;
    world.tool("upsert_task", change("IN_PROGRESS")).await;
    let writes = world.crm.writes();
    let refused = world.host.apply(&person, &stale).await;
    assert!(
        matches!(refused, Err(PlanError::RecordChanged(1))),
        "{refused:?}"
    );

    world.host.clock.advance(PLAN_LIFETIME);
    let refused = world.host.apply(&person, &plan).await;
    assert!(matches!(refused, Err(PlanError::Expired)), "{refused:?}");
    assert_eq!(world.crm.writes(), writes);
    assert_eq!(
        world.recorded("apply-plan").await,
        [
            "refused plan-grant-changed",
            "refused forbidden",
            "refused plan-record-changed",
            "refused plan-expired"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_apply_a_plan_at_once_one_does() {
    let world = World::new().await;
    let plan = world.plan_lead().await;
    let many = (0..8).map(|_| world.apply(&plan));
    let answers = futures::future::join_all(many).await;
    let mut applied = 0;
    for answer in answers {
        match answer {
            Ok(standing) => {
                assert_eq!(standing.state, PlanState::Applied);
                applied += 1;
            }
            Err(PlanError::BeingApplied { .. }) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(applied >= 1);
    assert_eq!(world.crm.writes(), 3);
    assert_eq!(
        world
            .recorded("apply-plan")
            .await
            .iter()
            .filter(|one| *one == "done")
            .count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_was_cut_off_goes_on_wherever_it_was() {
    for step in 0..3 {
        for fault in [Fault::SilentBefore, Fault::SilentAfter] {
            let world = World::new().await;
            let plan = world.plan_lead().await;
            world.crm.fail_after(step, fault.clone());
            tokio::select! {
                done = world.apply(&plan) => panic!("it came to its end: {done:?}"),
                () = world.crm.until_silent() => {}
            }
            let early = world.apply(&plan).await;
            assert!(
                matches!(early, Err(PlanError::BeingApplied { .. })),
                "{early:?}"
            );
            world.host.clock.advance(CLAIM_IS_OVER);
            let shown = world
                .host
                .app
                .plans
                .show(&agent(), plan.plan.id)
                .await
                .unwrap();
            assert_eq!(shown.state, PlanState::Interrupted);
            assert_eq!(shown.receipts.len(), step as usize);

            let applied = world.apply(&plan).await.unwrap();
            assert_eq!(applied.state, PlanState::Applied, "{step} {fault:?}");
            assert_eq!(world.people().await, json!(1), "{step} {fault:?}");
            let again = world.tool("create_lead", lead()).await;
            for part in ["company", "person", "opportunity"] {
                assert_eq!(again[part]["outcome"], "found", "{step} {fault:?} {part}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_cut_off_is_not_made_twice() {
    for (fault, others, expected) in [
        (
            Fault::SilentBefore,
            None,
            (PlanState::Applied, Receipt::Done, 1),
        ),
        (
            Fault::SilentAfter,
            None,
            (PlanState::Applied, Receipt::Done, 0),
        ),
        // Somebody changed the record meanwhile, so that nobody can tell.
        (
            Fault::SilentAfter,
            Some("IN_PROGRESS"),
            (PlanState::Stopped, Receipt::Unknown, 0),
        ),
    ] {
        let world = World::new().await;
        let task = json!({ "title": "Call Ada", "due_at": "2026-03-03T09:00:00Z" });
        let made = world.tool("upsert_task", task).await;
        let change = |status: &str| json!({ "id": made["task"]["id"], "status": status });
        let plan = world.plan(&agent(), "upsert_task", change("DONE")).await;
        world.crm.fail_after(0, fault.clone());
        tokio::select! {
            done = world.apply(&plan) => panic!("it came to its end: {done:?}"),
            () = world.crm.until_silent() => {}
        }
        if let Some(status) = others {
            world.tool("upsert_task", change(status)).await;
        }
        world.host.clock.advance(CLAIM_IS_OVER);
        let before = world.crm.writes();
        let applied = world.apply(&plan).await.unwrap();
        let (state, receipt, writes) = expected;
        assert_eq!(applied.state, state, "{fault:?} {others:?}");
        assert_eq!(applied.receipts, [receipt], "{fault:?} {others:?}");
        assert_eq!(world.crm.writes() - before, writes, "{fault:?} {others:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_stops_at_the_first_effect_that_fails() {
    for (error, receipt) in [
        (
            CrmError::Forbidden,
            Receipt::Failed("crm-forbidden".to_owned()),
        ),
        (CrmError::OutcomeUnknown, Receipt::Unknown),
    ] {
        let world = World::new().await;
        let plan = world.plan_lead().await;
        world.crm.fail_after(1, Fault::Refused(error));
        let stopped = world.apply(&plan).await.unwrap();
        assert_eq!(stopped.state, PlanState::Stopped);
        assert_eq!(stopped.receipts, [Receipt::Done, receipt]);
        assert_eq!(world.apply(&plan).await.unwrap(), stopped);
        assert_eq!(world.crm.writes(), 1);
        let recorded = world.recorded("apply-plan").await;
        assert_eq!(recorded, ["intended", "failed plan-stopped"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_plan_need_not_be_let_execute() {
    let world = World::new().await;
    let policy = "@id(\"agents-plan\")
        forbid (principal is Agent, action == Action::\"invoke-skill\", resource);";
    world.put(policy).await;
    let refused = world
        .host
        .call_tool(&agent(), "crm", "create_lead", &lead())
        .await;
    assert!(
        matches!(refused, Err(InvokeError::Forbidden(_))),
        "{refused:?}"
    );
    let plan = world.plan_lead().await;
    assert_eq!(world.apply(&plan).await.unwrap().state, PlanState::Applied);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_that_is_there_needs_nothing() {
    let world = World::new().await;
    world.tool("create_lead", lead()).await;
    let plan = world.plan_lead().await;
    assert_eq!(in_words(&plan), [""; 0]);
    let applied = world.apply(&plan).await.unwrap();
    assert_eq!(
        (applied.state, applied.receipts.len()),
        (PlanState::Applied, 0)
    );
}
