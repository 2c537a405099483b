//! Every operation that changes something leaves a record, done or refused. The operations come from the
//! OpenAPI document, so that a new one is not forgotten.

use crate::contract::operations;
use crate::world::{Answer, Handed, World, form, manifest};
use http::Method;
use serde_json::{Value, json};
use skillgate_domain::principal::Role;
use skillgate_domain::settings::CommunitySettings;
use skillgate_manifest::wire::settings_to_json;
use std::collections::BTreeSet;

/// An operation as the document has it, what is sent, its name in the audit trail, and what is recorded
/// when it is done: nothing of one that changes nothing.
type Operation = (
    Method,
    &'static str,
    Value,
    &'static str,
    &'static [&'static str],
);

const DONE: &[&str] = &["done"];
const SHOWN: &[&str] = &[];

const SUBMIT: &str = "/api/modules";
const SETTINGS: &str = "/api/community-settings";
const EXPLAIN: &str = "/api/egress/explain";
const ADOPT: &str = "/api/modules/offers/{module}";
const ASK: &str = "/tez/{tez}/expansions";

/// An id of nothing.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// Ids of what is there before.
struct There {
    module: String,
    /// A partner's, once it is one.
    offered: String,
    grant: String,
    token: String,
    secret: String,
    plan: Value,
    other_plan: Value,
    unwanted_plan: Value,
    team: String,
    tez: String,
    /// What the admin was handed, and what it handed over and was asked about.
    handed: Handed,
    asked: Handed,
    expansion: String,
    /// Invitations: one that the community was sent, and one that it sent.
    incoming: i64,
    outgoing: i64,
    person: String,
    opportunity: String,
    task: String,
}

/// Every operation but those that only show something, in an order in which each is possible.
fn all(there: &There) -> Vec<Operation> {
    let (put, post, delete) = (|| Method::PUT, || Method::POST, || Method::DELETE);
    let text = skillgate_policy::SHIPPED;
    let question = json!({
        "principal": { "role": "member", "user": "mia" },
        "action": "list-skills",
        "resource": { "type": "community" },
    });
    let token = json!({ "user": "eve", "role": "member", "may_write": false, "life_s": 60 });
    let policies = json!({ "text": text, "expected_version": 0 });
    let (said, text) = (json!({ "text": "hi" }), json!({ "text": text }));
    let shipped = CommunitySettings::default();
    let settings = json!({ "settings": settings_to_json(&shipped), "expected_version": 0 });
    let none = || json!({});
    let secret = json!({ "skill": "echo", "name": "other_key", "text": "a long one" });
    let next = json!({ "text": "another long one" });
    let of_secret = "/api/secrets/{skill}/{secret}";
    let url = "https://people.example.org/v1";
    let request = json!({ "skill": "echo", "method": "GET", "url": url });
    let call = "/api/skills/{skill}/tools/{tool}";
    let offer = "/api/modules/{module}/offer";
    let grants = "/api/modules/{module}/grants";
    let grant = "/api/modules/{module}/grants/{grant}";
    let (freeze, unfreeze) = ("/api/skills/{skill}/freeze", "/api/skills/{skill}/unfreeze");
    let back = "/api/skills/{skill}/rollback";
    let (validate, explain) = ("/api/policies/validate", "/api/policies/explain");
    let own = vec![
        (post(), call, said, "invoke-skill", DONE),
        (post(), SUBMIT, none(), "submit-module", DONE),
        (put(), offer, none(), "offer-module", DONE),
        (delete(), offer, none(), "withdraw-module", DONE),
        (post(), grants, none(), "grant-module", DONE),
        (post(), freeze, none(), "freeze-skill", DONE),
        (post(), unfreeze, none(), "unfreeze-skill", DONE),
        (post(), back, none(), "roll-back-skill", DONE),
        (delete(), grant, none(), "revoke-grant", DONE),
        (post(), validate, text, "show-policies", SHOWN),
        (post(), explain, question, "explain-decision", SHOWN),
        (put(), "/api/policies", policies, "put-policies", DONE),
        (put(), SETTINGS, settings, "put-settings", DONE),
        (post(), "/api/secrets", secret, "put-secret", DONE),
        (put(), of_secret, next, "put-secret", DONE),
        (delete(), of_secret, none(), "remove-secret", DONE),
        (post(), EXPLAIN, request, "show-module", SHOWN),
        (post(), "/api/tokens", token, "issue-token", DONE),
        (
            delete(),
            "/api/tokens/{token}",
            none(),
            "revoke-token",
            DONE,
        ),
    ];
    // A plan is decided under the grant that it was made under.
    let all = plans(there).into_iter().chain(own);
    all.chain(relay(there))
        .chain(partnerships())
        .chain(members())
        .chain(surface(there))
        .collect()
}

/// What decides plans.
fn plans(there: &There) -> [Operation; 3] {
    const APPLIED: &[&str] = &["intended", "done"];
    let seen = |plan: &Value| json!({ "digest": plan["digest"] });
    let (apply, decline) = ("/api/plans/{plan}/apply", "/api/plans/{plan}/decline");
    let surface = "/api/crm/workflows/plans/{plan}/apply";
    [
        (
            Method::POST,
            apply,
            seen(&there.plan),
            "apply-plan",
            APPLIED,
        ),
        (
            Method::POST,
            surface,
            seen(&there.other_plan),
            "apply-plan",
            APPLIED,
        ),
        (
            Method::POST,
            decline,
            seen(&there.unwanted_plan),
            "decide-plan",
            DONE,
        ),
    ]
}

/// What is done about communities and their partnerships.
fn partnerships() -> [Operation; 9] {
    let community = json!({ "name": "Home", "shortId": "home" });
    let invite = json!({ "targetCommunityId": "south", "relationshipType": "partner" });
    let partnership = "/api/communities/{community}/partnerships/{partnership}";
    let [respond, cancel] =
        ["respond", "cancel"].map(|verb| &*format!("{partnership}/{verb}").leak());
    [
        (
            Method::POST,
            "/api/communities",
            community,
            "put-community",
            DONE,
        ),
        (
            Method::PATCH,
            "/api/communities/{community}",
            json!({ "name": "Our home" }),
            "put-community",
            DONE,
        ),
        (
            Method::POST,
            "/api/communities/{community}/partnerships/invites",
            invite,
            "invite-partner",
            DONE,
        ),
        (
            Method::POST,
            respond,
            json!({ "action": "accept" }),
            "answer-invitation",
            DONE,
        ),
        (Method::POST, ADOPT, json!({}), "adopt-module", DONE),
        (Method::POST, cancel, json!({}), "cancel-invitation", DONE),
        (
            Method::PUT,
            partnership,
            json!({ "status": "suspended" }),
            "suspend-partnership",
            DONE,
        ),
        (
            Method::POST,
            "/api/communities/{community}/events",
            json!({ "kind": "announcements", "title": "We moved" }),
            "report-event",
            DONE,
        ),
        (
            Method::DELETE,
            partnership,
            json!({}),
            "end-partnership",
            DONE,
        ),
    ]
}

/// What is done about a community's list.
fn members() -> [Operation; 3] {
    let member = "/api/communities/{community}/members/{user}";
    [
        (
            Method::PUT,
            member,
            json!({ "role": "member" }),
            "put-member",
            DONE,
        ),
        (
            Method::PUT,
            "/api/communities/{community}/members/{user}/mail",
            json!({ "wanted": false }),
            "choose-mail",
            DONE,
        ),
        (Method::DELETE, member, json!({}), "remove-member", DONE),
    ]
}

/// The operations of the Tez relay.
fn relay(there: &There) -> [Operation; 9] {
    const DECIDED: &[&str] = &[
        "invoke-skill done",
        "decide-expansion done",
        "reply-tez done",
    ];
    let share = json!({ "teamId": there.team, "surfaceText": "hi" });
    let (members, reply) = ("/teams/{team}/members", "/tez/{tez}/reply");
    let (member, answer) = (json!({ "userId": "mia" }), json!({ "surfaceText": "ho" }));
    let (team, named) = (json!({ "name": "Sales" }), json!({ "displayName": "Ada" }));
    let archived = json!({ "status": "archived" });
    let (ask, decide) = (ASK, "/tez/{tez}/expansions/{expansion}/decide");
    let question =
        json!({ "contextId": there.handed.context, "fields": ["amount"], "reason": "x" });
    let verdict = json!({ "fields": { "amount": "approve" } });
    let redact = "/tez/{tez}/context/{context}/redact";
    let why = json!({ "reason": "x" });
    [
        (Method::POST, ask, question, "ask-expansion", DONE),
        (Method::POST, decide, verdict, "decide-expansion", DECIDED),
        (Method::POST, redact, why, "redact-tez", DONE),
        (Method::POST, "/tez/share", share, "share-tez", DONE),
        (Method::POST, reply, answer, "reply-tez", DONE),
        (
            Method::PATCH,
            "/tez/{tez}",
            archived,
            "set-tez-status",
            DONE,
        ),
        (Method::POST, "/teams", team, "manage-team", DONE),
        (Method::POST, members, member, "manage-team", DONE),
        (
            Method::POST,
            "/contacts/register",
            named,
            "register-contact",
            DONE,
        ),
    ]
}

/// The operations of the surface that MyPA's clients know.
fn surface(there: &There) -> Vec<Operation> {
    const CREATED: &[&str] = &[
        "crm-create intended",
        "crm-create done",
        "invoke-skill done",
    ];
    const UPDATED: &[&str] = &[
        "crm-update intended",
        "crm-update done",
        "invoke-skill done",
    ];
    let title = || json!({ "payload": { "title": "Call" } });
    let fresh = || json!({ "payload": { "title": "Something else" } });
    let (job, name) = (
        || json!({ "payload": { "jobTitle": "Analyst" } }),
        || json!({ "payload": { "name": "Engine" } }),
    );
    let of = |more: Value| {
        let mut asked = json!({ "entityType": "task", "entityId": there.task });
        asked
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        asked
    };
    let (context, coordinate) = ("/api/crm/tez-context", "/api/crm/workflows/coordinate");
    let test = "/api/settings/team/test-integration";
    let call = "invoke-skill";
    let twenty = json!({ "integration": "twenty" });
    let objective = of(json!({ "objective": "x" }));
    let deals = "/api/crm/opportunities";
    let (person, deal, task) = (
        "/api/crm/people/{entityId}",
        "/api/crm/opportunities/{entityId}",
        "/api/crm/tasks/{entityId}",
    );
    vec![
        (Method::POST, "/api/crm/people", job(), call, CREATED),
        (Method::POST, deals, name(), call, CREATED),
        (Method::POST, "/api/crm/tasks", title(), call, CREATED),
        (Method::PUT, "/api/crm/tasks", fresh(), call, CREATED),
        (Method::PATCH, person, job(), call, UPDATED),
        (Method::PATCH, deal, name(), call, UPDATED),
        (Method::PATCH, task, title(), call, UPDATED),
        (Method::POST, context, of(json!({})), call, DONE),
        (Method::POST, coordinate, objective, "plan-skill", DONE),
        (Method::POST, test, twenty, "show-integrations", SHOWN),
    ]
}

impl There {
    fn fill(&self, template: &str) -> String {
        template
            .replace("{skill}", "echo")
            .replace("{tool}", "say")
            .replace("{module}", self.module_of(template))
            .replace("{grant}", &self.grant)
            .replace("{token}", &self.token)
            .replace("{secret}", &self.secret)
            .replace("{plan}", self.plan_of(template)["id"].as_str().unwrap())
            .replace("{team}", &self.team)
            .replace("{tez}", self.tez_of(template))
            .replace("{context}", &self.asked.context)
            .replace("{expansion}", &self.expansion)
            .replace("{community}", "home")
            .replace("{user}", "ada")
            .replace("{partnership}", &self.partnership_of(template).to_string())
            .replace("{entityType}", "person")
            .replace("{entityId}", self.entity(template))
    }

    fn module_of(&self, template: &str) -> &str {
        match template {
            ADOPT => &self.offered,
            _ => &self.module,
        }
    }

    /// The Tez that an address is about: one to ask about, one that was asked about, or any.
    fn tez_of(&self, template: &str) -> &str {
        match template {
            ASK => &self.handed.tez,
            _ if template.contains("{expansion}") || template.contains("{context}") => {
                &self.asked.tez
            }
            _ => &self.tez,
        }
    }

    /// The invitation that can be done this with.
    fn partnership_of(&self, template: &str) -> i64 {
        if template.ends_with("/cancel") {
            self.outgoing
        } else {
            self.incoming
        }
    }

    /// Each way to decide a plan has one of its own.
    fn plan_of(&self, template: &str) -> &Value {
        if template.contains("workflows") {
            return &self.other_plan;
        }
        if template.ends_with("/decline") {
            return &self.unwanted_plan;
        }
        &self.plan
    }

    /// The record that an address of the surface is about.
    fn entity(&self, template: &str) -> &str {
        match template.split('/').nth(3) {
            Some("opportunities") => &self.opportunity,
            Some("tasks") => &self.task,
            _ => &self.person,
        }
    }

    /// What is nowhere.
    fn nowhere() -> Self {
        let nobody = || NOBODY.to_owned();
        Self {
            module: nobody(),
            offered: nobody(),
            grant: nobody(),
            token: nobody(),
            secret: "no_key".to_owned(),
            plan: json!({ "id": nobody() }),
            other_plan: json!({ "id": nobody() }),
            unwanted_plan: json!({ "id": nobody() }),
            team: nobody(),
            tez: nobody(),
            handed: Handed::nowhere(NOBODY),
            asked: Handed::nowhere(NOBODY),
            expansion: nobody(),
            incoming: 9_999,
            outgoing: 9_999,
            person: nobody(),
            opportunity: nobody(),
            task: nobody(),
        }
    }

    async fn ask(&self, world: &World, operation: &Operation, bearer: &str) -> Answer {
        let (method, template, body, ..) = operation;
        if *template == SUBMIT {
            let third = manifest().replace("0.1.0", "0.3.0");
            let (manifest, component) = (third.as_bytes(), b"third".as_slice());
            let parts = [("manifest", manifest), ("component", component)];
            return world.post_form(bearer, form(&parts)).await;
        }
        let path = self.fill(template);
        match *method {
            Method::PUT => world.put(&path, bearer, body).await,
            Method::PATCH => world.patch(&path, bearer, body).await,
            Method::DELETE => world.delete(&path, bearer).await,
            _ => world.post(&path, bearer, body).await,
        }
    }
}

/// The records of one request: action, outcome and code.
fn left_by(world: &World, answer: &Answer) -> Vec<String> {
    let request = answer.header("x-request-id").unwrap();
    let lines = world.audit.lines();
    let kept = world.audit.kept();
    let of_it = |leaf: &str| {
        let leaf: Value = serde_json::from_str(leaf).unwrap();
        leaf["origin"]["request"] == request
    };
    let both = kept.records.iter().zip(lines);
    let left = both.filter(|(record, _)| of_it(&record.leaf));
    left.map(|(_, line)| line).collect()
}

/// A world in which every operation is possible once, with an admin.
async fn prepared() -> (World, String, There) {
    let (world, _) = World::with_echo().await;
    let admin = world.token("home", "ada", Role::Admin).await;
    let partner = world.token("home", "pat", Role::Partner).await;
    let next = manifest().replace("0.1.0", "0.2.0");
    let module = world.submit(&partner, &next, b"other component").await;
    let id = |body: &Value| body["id"].as_str().unwrap().to_owned();
    let module = id(&module.body);
    let grants = format!("/api/modules/{module}/grants");
    let grant = world.post(&grants, &admin, &json!({})).await;
    let wanted = json!({ "user": "eve", "role": "member", "may_write": false, "life_s": 60 });
    let token = world.post("/api/tokens", &admin, &wanted).await;
    let secret = json!({ "skill": "echo", "name": "api_key", "text": "a secret" });
    let secret = world.post("/api/secrets", &admin, &secret).await;
    let planning = "/api/skills/echo/tools/say?mode=plan";
    let planned = world.post(planning, &admin, &json!({ "text": "hi" })).await;
    let again = world.post(planning, &admin, &json!({ "text": "hi" })).await;
    let unwanted = world.post(planning, &admin, &json!({ "text": "hi" })).await;
    let team = world
        .post("/teams", &admin, &json!({ "name": "Sales" }))
        .await;
    let team = id(&team.body["data"]);
    let note = json!({ "teamId": team, "surfaceText": "hi" });
    let tez = world.post("/tez/share", &admin, &note).await;
    let handed = Handed::over(&world, ("home", "mia"), "ada").await;
    let asked = Handed::over(&world, ("home", "ada"), "mia").await;
    let mia = world.token("home", "mia", Role::Member).await;
    let expansion = asked.ask(&world, &mia, &["amount"]).await;
    world.grant_coordinator().await;
    let made = async |collection: &str, field: &str| {
        let payload = json!({ "payload": { field: "x" } });
        let path = format!("/api/crm/{collection}");
        let made = world.post(&path, &admin, &payload).await;
        id(&made.body["data"]["summary"])
    };
    let (incoming, outgoing) = world.invitations().await;
    let there = There {
        module,
        offered: world.offered(&manifest().replace("0.1.0", "0.4.0")).await,
        grant: id(&grant.body),
        token: id(&token.body),
        secret: secret.body["name"].as_str().unwrap().to_owned(),
        plan: planned.body["plan"].clone(),
        other_plan: again.body["plan"].clone(),
        unwanted_plan: unwanted.body["plan"].clone(),
        tez: id(&tez.body["data"]),
        expansion: id(&expansion.body["data"]),
        handed,
        asked,
        incoming,
        outgoing,
        team,
        person: made("people", "jobTitle").await,
        opportunity: made("opportunities", "name").await,
        task: made("tasks", "title").await,
    };
    (world, admin, there)
}

#[tokio::test]
async fn every_operation_leaves_its_record() {
    let (world, admin, there) = prepared().await;
    let partner = world.token("home", "pat", Role::Partner).await;
    let member = world.token("home", "mia", Role::Member).await;
    // The same user, so that the role alone stands in the way.
    let outsider = world.token("home", "ada", Role::Partner).await;
    let all = all(&there);
    let asked: BTreeSet<_> = all.iter().map(|it| (it.1, it.0.to_string())).collect();
    // What the CRM tells of its own changes nothing, and nobody asks for it.
    let changes = |(_, method, operation): &(&str, Method, &Value)| {
        method != Method::GET && operation.get("security").is_none()
    };
    let described = operations().filter(changes);
    let described: BTreeSet<_> = described
        .map(|(path, method, _)| (path, method.to_string()))
        .collect();
    assert_eq!(asked, described, "every operation of the document is asked");
    for operation in &all {
        let &(ref method, path, _, action, outcomes) = operation;
        let name = format!("{method} {path}");
        let submits = (method, path) == (&Method::POST, SUBMIT);
        // A partner looks at modules, too.
        let explains = path == EXPLAIN;
        let stranger = if submits || explains {
            &member
        } else {
            &outsider
        };
        let refused = there.ask(&world, operation, stranger).await;
        refused.is_refusal(403, "forbidden");
        let record = format!("{action} refused forbidden");
        assert_eq!(left_by(&world, &refused), [record], "{name}");

        // Nobody grants what they handed in.
        let may = if submits { &partner } else { &admin };
        let done = there.ask(&world, operation, may).await;
        assert!(done.status.is_success(), "{name}: {}", done.body);
        let expected = outcomes.iter().map(|outcome| {
            if outcome.contains(' ') {
                (*outcome).to_owned()
            } else {
                format!("{action} {outcome}")
            }
        });
        assert_eq!(
            left_by(&world, &done),
            expected.collect::<Vec<_>>(),
            "{name}"
        );
    }
}

/// What an answer says, without what differs from one request to the next.
fn words(answer: &Answer, there: &There) -> String {
    let mut body = answer.body.clone();
    if let Some(members) = body.as_object_mut() {
        members.remove("request_id");
        members.remove("instance");
    }
    let mut text = format!("{} {body}", answer.status);
    let plan = there.plan["id"].as_str().unwrap();
    let there = [
        &there.module,
        &there.offered,
        &there.grant,
        &there.token,
        plan,
        &there.team,
        &there.tez,
        &there.handed.tez,
        &there.asked.tez,
        &there.expansion,
        &there.person,
        &there.opportunity,
        &there.task,
    ];
    for id in there {
        text = text.replace(id, "ID");
    }
    text
}

/// An admin of another community is told of what is there just what is told of what is nowhere.
#[tokio::test]
async fn another_community_sees_nothing_of_what_is_there() {
    let (world, _, there) = prepared().await;
    let nowhere = There::nowhere();
    let away = world.token("away", "ada", Role::Admin).await;
    let mut asked = 0;
    let named = all(&there);
    for (path, method, _) in operations() {
        let of_something = path.contains('{') && !path.contains("{code}");
        if !of_something || path.contains("{version}") {
            continue;
        }
        let same = |it: &&Operation| (it.1, &it.0) == (path, &method);
        let (here, elsewhere) = match named.iter().find(same) {
            Some(operation) => (
                there.ask(&world, operation, &away).await,
                nowhere.ask(&world, operation, &away).await,
            ),
            None => (
                world.get(&there.fill(path), &away).await,
                world.get(&nowhere.fill(path), &away).await,
            ),
        };
        assert_eq!(here.status.as_u16(), 404, "{method} {path}: {}", here.body);
        assert_eq!(
            words(&here, &there),
            words(&elsewhere, &nowhere),
            "{method} {path}"
        );
        asked += 1;
    }
    assert_eq!(asked, 52);
    for list in ["/api/skills", "/api/modules"] {
        let answer = world.get(list, &away).await;
        let listed = answer.body.as_object().unwrap().values().next().unwrap();
        assert_eq!(listed, &json!([]), "{list}");
    }
}
