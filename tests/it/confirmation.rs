//! What a policy wants a person's word for: shown, confirmed by a person, done once, and told once.

use serde_json::{Value, json};
use skillgate_app::invocations::InvokeError;
use skillgate_app::plans::{PlanError, PlanStanding};
use skillgate_app::ports::{RunFailure, ToolErrorCode};
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::plan::{Effect, PLAN_LIFETIME, PlanState};
use skillgate_domain::policy::Basis;
use skillgate_domain::principal::{Principal, Role};
use skillgate_policy::SHIPPED;
use skillgate_tests::crm::FaultyCrm;
use skillgate_tests::host::{TestHost, admin, agent, embedded_crm, principal};
use skillgate_tests::skills;
use std::sync::Arc;

/// Agents make and change no deal before a person has confirmed it.
const DEALS: &str = "@id(\"a-person-confirms-deals\") @ask
    forbid (principal is Agent, action in [Action::\"crm-create\", Action::\"crm-update\"],
        resource == ObjectType::\"opportunity\");";

struct World {
    host: TestHost,
    crm: Arc<FaultyCrm>,
}

impl World {
    /// A host with the CRM's skill, the shipped policies, and some more.
    async fn with(policies: &str) -> Self {
        let crm = Arc::new(FaultyCrm::over(embedded_crm().await));
        let host = TestHost::start(crm.clone()).await;
        let (manifest, component) = skills::crm();
        host.install(&manifest, &component).await.unwrap();
        let text = format!("{SHIPPED}\n{policies}");
        host.app.policies.put(&admin(), text, 0).await.unwrap();
        Self { host, crm }
    }

    async fn call(
        &self,
        caller: &Principal,
        tool: &str,
        input: &Value,
    ) -> Result<Value, InvokeError> {
        self.host.call_tool(caller, "crm", tool, input).await
    }

    /// Has a call shown to a person.
    async fn asked(&self, caller: &Principal, tool: &str, input: &Value) -> PlanStanding {
        match self.call(caller, tool, input).await {
            Err(InvokeError::RequiresConfirmation(plan)) => *plan,
            other => panic!("{tool}: {other:?}"),
        }
    }

    async fn apply(
        &self,
        caller: &Principal,
        plan: &PlanStanding,
    ) -> Result<PlanStanding, PlanError> {
        self.host.apply(caller, plan).await
    }

    async fn decline(
        &self,
        caller: &Principal,
        plan: &PlanStanding,
    ) -> Result<PlanStanding, PlanError> {
        let plans = &self.host.app.plans;
        plans.decline(caller, plan.plan.id, &plan.digest).await
    }

    /// The outcomes of what was asked, the oldest first, each with its code and the plan that it is about.
    async fn recorded(&self, action: &str) -> Vec<(String, bool)> {
        let leaves = self.host.recorded(action).await;
        let word = |leaf: &Value| {
            let outcome = leaf["code"].as_str().or(leaf["outcome"].as_str());
            (
                outcome.unwrap().to_owned(),
                leaf["call"]["plan"].is_object(),
            )
        };
        leaves.iter().rev().map(word).collect()
    }
}

/// The person whose agent asks.
fn ada() -> Principal {
    principal(Role::Member, "ada")
}

fn lead(name: &str) -> Value {
    json!({
        "name": name,
        "person": { "email": "ada@engines.example", "first_name": "Ada", "last_name": "Lovelace" },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_waits_until_its_person_has_confirmed_what_it_writes() {
    let world = World::with(DEALS).await;
    let (agent, lead) = (agent(), lead("Engine"));
    let plan = world.asked(&agent, "create_lead", &lead).await;
    assert_eq!((plan.state, plan.plan.effects.len()), (PlanState::Open, 2));
    // Asking again asks for nothing new, whatever the order of its parameters.
    let again: Value = serde_json::from_str(
        &json!({ "person": lead["person"], "name": lead["name"] }).to_string(),
    )
    .unwrap();
    let again = world.asked(&agent, "create_lead", &again).await;
    assert_eq!((again.plan.id, again.digest), (plan.plan.id, plan.digest));
    // Neither the agent nor somebody else confirms it.
    let refused = world.apply(&agent, &plan).await;
    assert!(
        matches!(refused, Err(PlanError::RequiresConfirmation)),
        "{refused:?}"
    );
    let refused = world.apply(&principal(Role::Member, "grace"), &plan).await;
    assert!(matches!(refused, Err(PlanError::NotFound)), "{refused:?}");
    assert_eq!(world.crm.writes(), 0);

    let applied = world.apply(&ada(), &plan).await.unwrap();
    assert_eq!((applied.state, world.crm.writes()), (PlanState::Applied, 2));
    let answered = world.call(&agent, "create_lead", &lead).await.unwrap();
    let made = plan.plan.effects.iter().filter_map(Effect::record);
    let made: Vec<_> = made.map(|record| json!(record.id.to_string())).collect();
    assert!(
        made.contains(&answered["opportunity"]["id"]),
        "{answered} {made:?}"
    );
    assert_eq!(answered["opportunity"]["outcome"], "created");
    // It is told once. The same call is another one from now on, and finds what there is.
    let another = world.call(&agent, "create_lead", &lead).await.unwrap();
    assert_eq!(
        (&another["opportunity"]["outcome"], world.crm.writes()),
        (&json!("found"), 2)
    );

    let waited = ("requires-confirmation".to_owned(), true);
    let done = |about| ("done".to_owned(), about);
    let calls = [waited.clone(), waited, done(true), done(false)];
    assert_eq!(world.recorded("invoke-skill").await, calls);
    let applied = world.recorded("apply-plan").await;
    let words: Vec<_> = applied.iter().map(|(word, _)| word.as_str()).collect();
    assert_eq!(
        words,
        [
            "requires-confirmation",
            "plan-not-found",
            "intended",
            "done"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_confirmed_is_for_the_same_parameters_and_for_the_same_caller() {
    let world = World::with(DEALS).await;
    let plan = world.asked(&agent(), "create_lead", &lead("Engine")).await;
    world.apply(&ada(), &plan).await.unwrap();
    let writes = world.crm.writes();
    // Other parameters, and another person's agent, wait for a word of their own.
    let other = world.asked(&agent(), "create_lead", &lead("Loom")).await;
    assert_ne!(other.plan.id, plan.plan.id);
    assert_ne!(
        other.plan.awaited.as_ref().map(|call| call.parameters),
        plan.plan.awaited.as_ref().map(|call| call.parameters),
    );
    let graces = principal(Role::Agent, "grace");
    let update = json!({ "id": made(&plan), "stage": "WON" });
    let own = world.asked(&agent(), "update_opportunity", &update).await;
    let hers = world.asked(&graces, "update_opportunity", &update).await;
    assert_ne!(own.plan.id, hers.plan.id);
    // One plan's digest confirms no other.
    let mixed = PlanStanding {
        digest: plan.digest,
        ..other
    };
    let refused = world.apply(&ada(), &mixed).await;
    assert!(
        matches!(refused, Err(PlanError::AnotherDigest)),
        "{refused:?}"
    );
    assert_eq!(world.crm.writes(), writes);
}

/// The deal that a plan makes.
fn made(plan: &PlanStanding) -> String {
    let effects = plan.plan.effects.iter();
    let mut records = effects.filter_map(Effect::record);
    let deal = records.find(|record| record.object == ObjectKind::Opportunity);
    deal.unwrap().id.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_one_confirms_and_one_is_told() {
    let world = World::with(DEALS).await;
    let (agent, lead) = (agent(), lead("Engine"));
    let (first, second) = tokio::join!(
        world.asked(&agent, "create_lead", &lead),
        world.asked(&agent, "create_lead", &lead),
    );
    assert_eq!(first.plan.id, second.plan.id);
    let ada = ada();
    let (one, other) = tokio::join!(world.apply(&ada, &first), world.apply(&ada, &first));
    for applied in [one, other] {
        match applied {
            Ok(plan) => assert_eq!(plan.state, PlanState::Applied),
            Err(error) => assert!(matches!(error, PlanError::BeingApplied { .. }), "{error:?}"),
        }
    }
    assert_eq!(world.crm.writes(), 2);
    let (one, other) = tokio::join!(
        world.call(&agent, "create_lead", &lead),
        world.call(&agent, "create_lead", &lead),
    );
    let told = [&one, &other].map(|answer| match answer {
        Ok(output) => output["opportunity"]["outcome"] == "created",
        Err(error) => {
            assert!(
                matches!(error, InvokeError::ConfirmationUsed(_)),
                "{error:?}"
            );
            false
        }
    });
    assert_eq!(
        told.iter().filter(|told| **told).count(),
        1,
        "{one:?} {other:?}"
    );
    assert_eq!(world.crm.writes(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_holds_until_the_plan_expires() {
    let world = World::with(DEALS).await;
    let (agent, lead) = (agent(), lead("Engine"));
    let plan = world.asked(&agent, "create_lead", &lead).await;
    match world.decline(&agent, &plan).await {
        Err(PlanError::Forbidden(refusal)) => assert_eq!(refusal.basis, Basis::BeyondRole),
        other => panic!("{other:?}"),
    }
    let declined = world.decline(&ada(), &plan).await.unwrap();
    assert_eq!(declined.state, PlanState::Declined);
    let refused = world.call(&agent, "create_lead", &lead).await;
    assert!(
        matches!(refused, Err(InvokeError::Declined(_))),
        "{refused:?}"
    );
    let refused = world.apply(&ada(), &plan).await;
    assert!(matches!(refused, Err(PlanError::Declined)), "{refused:?}");
    let said: Vec<_> = world.recorded("decide-plan").await;
    assert_eq!(
        said,
        [("forbidden".to_owned(), false), ("done".to_owned(), false)]
    );

    world.host.clock.advance(PLAN_LIFETIME);
    let next = world.asked(&agent, "create_lead", &lead).await;
    assert_ne!(next.plan.id, plan.plan.id);
    assert_eq!(world.crm.writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_confirmed_in_time_is_asked_for_anew() {
    let world = World::with(DEALS).await;
    let (agent, lead) = (agent(), lead("Engine"));
    let plan = world.asked(&agent, "create_lead", &lead).await;
    world.host.clock.advance(PLAN_LIFETIME);
    let refused = world.apply(&ada(), &plan).await;
    assert!(matches!(refused, Err(PlanError::Expired)), "{refused:?}");
    let refused = world.decline(&ada(), &plan).await;
    assert!(matches!(refused, Err(PlanError::Expired)), "{refused:?}");
    let next = world.asked(&agent, "create_lead", &lead).await;
    assert_ne!(next.plan.id, plan.plan.id);
    world.apply(&ada(), &next).await.unwrap();
    // What was confirmed is told for an hour longer, and then the call is a new one.
    world.host.clock.advance(2 * PLAN_LIFETIME);
    let found = world.call(&agent, "create_lead", &lead).await.unwrap();
    assert_eq!(
        (&found["opportunity"]["outcome"], world.crm.writes()),
        (&json!("found"), 2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_policy_asks_about_happens_at_once() {
    let world = World::with(DEALS).await;
    let task = json!({ "title": "Call Ada", "due_at": "2026-04-01" });
    let made = world.call(&agent(), "upsert_task", &task).await.unwrap();
    assert_eq!(made["outcome"], "created", "{made}");
    assert_eq!(world.crm.writes(), 1);
    // The policy speaks of agents: a person is not asked about themselves.
    world
        .call(&ada(), "create_lead", &lead("Engine"))
        .await
        .unwrap();
    assert_eq!(world.crm.writes(), 3);
    assert!(world.host.app.plans.open(&ada()).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_asked_about_their_own_calls_where_a_policy_says_so() {
    let all = "@id(\"deals-are-confirmed\") @ask forbid (principal,
        action == Action::\"crm-create\", resource == ObjectType::\"opportunity\");";
    let world = World::with(all).await;
    let plan = world.asked(&ada(), "create_lead", &lead("Engine")).await;
    world.apply(&ada(), &plan).await.unwrap();
    let told = world
        .call(&ada(), "create_lead", &lead("Engine"))
        .await
        .unwrap();
    assert_eq!(told["opportunity"]["outcome"], "created");
    // Nobody is behind a service who could be asked.
    let service = principal(Role::Service, "billing");
    match world.call(&service, "create_lead", &lead("Loom")).await {
        Err(InvokeError::Run(RunFailure::Tool(error))) => {
            assert_eq!(error.code, ToolErrorCode::Denied, "{error:?}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_tool_can_wait_for_a_person() {
    let tool = "@id(\"a-person-confirms-tasks\") @ask forbid (principal is Agent,
        action == Action::\"invoke-skill\", resource == Tool::\"crm/upsert_task\");";
    let world = World::with(tool).await;
    let task = json!({ "title": "Call Ada", "due_at": "2026-04-01" });
    let plan = world.asked(&agent(), "upsert_task", &task).await;
    // To plan the call and to apply the plan is no way around it.
    let planned = world
        .host
        .plan(&agent(), "crm", "upsert_task", &task)
        .await
        .unwrap();
    let refused = world.apply(&agent(), &planned).await;
    assert!(
        matches!(refused, Err(PlanError::RequiresConfirmation)),
        "{refused:?}"
    );
    assert_eq!(world.crm.writes(), 0);
    let open = world.host.app.plans.open(&ada()).await.unwrap();
    assert_eq!(open.len(), 2);
    world.apply(&ada(), &plan).await.unwrap();
    assert_eq!(world.crm.writes(), 1);
    // Another tool does not wait.
    world
        .call(&agent(), "create_lead", &lead("Engine"))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_decide_confirms_nothing() {
    let nobody = format!(
        "{DEALS}\n@id(\"ada-decides-nothing\") forbid (principal == User::\"ada\",
            action == Action::\"decide-plan\", resource);"
    );
    let world = World::with(&nobody).await;
    let plan = world.asked(&agent(), "create_lead", &lead("Engine")).await;
    let refused = world.apply(&ada(), &plan).await;
    assert!(
        matches!(refused, Err(PlanError::RequiresConfirmation)),
        "{refused:?}"
    );
    let refused = world.decline(&ada(), &plan).await;
    assert!(
        matches!(refused, Err(PlanError::Forbidden(_))),
        "{refused:?}"
    );
    assert_eq!(world.crm.writes(), 0);
}
