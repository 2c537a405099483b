//! More than a Tez says, less than it said, and a Tez to take along, at the door.

use crate::world::{Answer, Handed, World};
use serde_json::{Value, json};
use skillgate_app::bundle;
use skillgate_app::ports::EXPANSION_PAGE_MAX;
use skillgate_domain::crm::{Field, FieldKey, ObjectKind};
use skillgate_domain::principal::Role;
use skillgate_domain::sharing::{FieldAllowlist, FieldAllowlists};
use skillgate_domain::tez::REDACTED;
use skillgate_domain::tez::expansion::{EXPANSION_LIFE, WORDS_CHARS_MAX};
use std::fmt::Write;
use std::time::Duration;

/// Alice has handed a deal over to Carol; Xeno is of the same community.
struct Deal {
    world: World,
    handed: Handed,
    alice: String,
    carol: String,
    xeno: String,
}

impl Deal {
    async fn new() -> Self {
        let world = World::new().await;
        let handed = Handed::over(&world, ("home", "alice"), "carol").await;
        let token = async |user| world.token("home", user, Role::Member).await;
        Self {
            alice: token("alice").await,
            carol: token("carol").await,
            xeno: token("xeno").await,
            handed,
            world,
        }
    }

    async fn ask(&self, fields: &[&str]) -> Answer {
        self.handed.ask(&self.world, &self.carol, fields).await
    }

    /// Asks what must be taken. Returns the id of the question.
    async fn asked(&self, fields: &[&str]) -> String {
        let asked = self.ask(fields).await;
        assert_eq!(asked.status, 201, "{}", asked.body);
        asked.body["data"]["id"].as_str().unwrap().to_owned()
    }

    async fn decide(&self, by: &str, id: &str, said: &Value) -> Answer {
        let path = format!("{}/{id}/decide", self.handed.expansions());
        self.world.post(&path, by, said).await
    }

    async fn list(&self, by: &str) -> Value {
        let listed = self.world.get(&self.handed.expansions(), by).await;
        assert_eq!(listed.status, 200, "{}", listed.body);
        listed.body["data"].clone()
    }

    /// Records since the deal was handed over that are about it, without what they say.
    fn lines(&self) -> Vec<String> {
        let lines = self.world.audit.lines();
        let from = lines.iter().rposition(|line| line.starts_with("share-tez"));
        let since = lines[from.unwrap() + 1..].iter();
        let own = since.filter(|line| !line.starts_with("issue-token"));
        own.cloned().collect()
    }
}

fn verdicts(fields: &Value) -> Value {
    json!({ "fields": fields })
}

#[tokio::test]
async fn more_is_asked_for_decided_field_by_field_and_answered() {
    let deal = Deal::new().await;
    let (world, alice, carol) = (&deal.world, &deal.alice, &deal.carol);
    let asked = deal.ask(&["amount", "owner_id", "close_date"]).await;
    assert_eq!(asked.status, 201, "{}", asked.body);
    let question = &asked.body["data"];
    let pending = json!({"amount": "pending", "owner_id": "pending", "close_date": "pending"});
    assert_eq!(question["state"], "pending");
    assert_eq!(question["fields"], pending);
    assert_eq!(question["askedBy"], "carol");
    assert_eq!(question["recordId"], deal.handed.record);
    let id = question["id"].as_str().unwrap();

    let waiting = world.get("/tez/expansions", alice).await;
    assert_eq!(waiting.body["data"], json!([question]));
    assert_eq!(waiting.body["meta"], json!({"count": 1, "next": null}));
    let said = json!({
        "fields": {"amount": "approve", "owner_id": "refuse", "close_date": "approve"},
        "note": "Keep it to yourself",
    });
    let decided = deal.decide(alice, id, &said).await;
    assert_eq!(decided.status, 200, "{}", decided.body);
    let question = &decided.body["data"];
    assert_eq!(question["state"], "answered");
    assert_eq!(question["fields"], said["fields"]);
    assert_eq!(deal.list(carol).await, json!([question]));
    let none = world.get("/tez/expansions", alice).await;
    assert_eq!(none.body["data"], json!([]));
    let all = world.get("/tez/expansions?state=all", alice).await;
    assert_eq!(all.body["data"], json!([question]));

    is_answered(&deal, question).await;
}

/// The answer, as its recipient sees it; the Tez itself is as it was.
async fn is_answered(deal: &Deal, question: &Value) {
    let (world, carol) = (&deal.world, &deal.carol);
    let reply = format!("/tez/{}", question["replyTezId"].as_str().unwrap());
    let reply = world.get(&reply, carol).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let tez = &reply.body["data"];
    let text = "What you asked for of the opportunity.\nLet out: amount.\nEmpty there: close_date.\n\
                Not let out: owner_id.\n\nKeep it to yourself";
    assert_eq!(tez["surfaceText"], text);
    assert_eq!(
        (&tez["visibility"], &tez["parentTezId"]),
        (&json!("dm"), &json!(deal.handed.tez))
    );
    assert_eq!(tez["recipients"][0]["userId"], "carol");
    let item = &tez["context"][0];
    let content = format!(
        "CRM opportunity snapshot: opportunity_id={}, amount=9.00 EUR",
        deal.handed.record
    );
    assert_eq!(
        (&item["content"], &item["source"]),
        (&json!(content), &json!("verified"))
    );
    assert_eq!(item["provenance"]["fields"], json!(["amount"]));
    assert_eq!(item["provenance"]["recordId"], deal.handed.record);
    let before = world.get(&deal.handed.path(), carol).await;
    let fields = &before.body["data"]["context"][0]["provenance"]["fields"];
    assert_eq!(*fields, json!(["name", "stage"]));
}

#[tokio::test]
async fn what_is_asked_and_decided_is_in_the_trail_without_its_words() {
    let deal = Deal::new().await;
    let id = deal.asked(&["amount", "owner_id"]).await;
    let said = verdicts(&json!({"amount": "approve", "owner_id": "refuse"}));
    deal.decide(&deal.alice, &id, &said).await;
    deal.decide(&deal.alice, &id, &said).await;
    deal.handed.redact(&deal.world, &deal.alice).await;
    assert_eq!(
        deal.lines(),
        [
            "ask-expansion done",
            "invoke-skill done",
            "decide-expansion done",
            "reply-tez done",
            "decide-expansion refused expansion-decided",
            "redact-tez done",
        ]
    );
    let kept = deal.world.audit.kept();
    let leaves: Vec<Value> = kept
        .records
        .iter()
        .map(|record| serde_json::from_str(&record.leaf).unwrap())
        .collect();
    let of = |action: &str| leaves.iter().find(|leaf| leaf["action"] == action).unwrap();
    let record = json!({"id": deal.handed.record, "object": "opportunity"});
    let asked = &of("ask-expansion")["expansion"];
    assert_eq!(asked["fields"], json!(["amount", "owner_id"]));
    assert_eq!(
        (&asked["record"], &asked["asker"]),
        (&record, &json!("carol"))
    );
    let decided = &of("decide-expansion")["expansion"];
    assert_eq!(decided["approved"], json!(["amount"]));
    assert_eq!(decided["reply"], of("reply-tez")["target"]["id"]);
    assert_eq!(of("reply-tez")["tez"]["records"], json!([record]));
    assert_eq!(
        of("redact-tez")["redaction"]["fields"],
        json!(["name", "stage"])
    );
    for word in ["9.00", "EUR", "prepare", "wrong customer"] {
        let found = kept.records.iter().find(|it| it.leaf.contains(word));
        assert!(found.is_none(), "{word}: {found:?}");
    }
}

#[tokio::test]
async fn who_may_what() {
    let deal = Deal::new().await;
    let world = &deal.world;
    let agent = async |user| world.token("home", user, Role::Agent).await;
    let callers = [
        ("sender", deal.alice.clone()),
        ("its agent", agent("alice").await),
        ("recipient", deal.carol.clone()),
        ("its agent", agent("carol").await),
        ("another", deal.xeno.clone()),
        ("admin", world.token("home", "root", Role::Admin).await),
        ("partner", world.token("home", "carol", Role::Partner).await),
        ("elsewhere", world.token("away", "alice", Role::Admin).await),
    ];
    let id = deal.asked(&["amount"]).await;
    let mut table = format!("{:<10} ask list decide export redact", "");
    for (name, token) in &callers {
        let fields = ["close_date"];
        let ask = deal.handed.ask(world, token, &fields).await.status;
        let list = world.get(&deal.handed.expansions(), token).await.status;
        // Nobody but the sender comes as far as to a wrong decision.
        let decide = deal.decide(token, &id, &verdicts(&json!({}))).await.status;
        let export = format!("{}/export", deal.handed.path());
        let export = world.get(&export, token).await.status;
        let redact = format!("{}/context/{}/redact", deal.handed.path(), deal.handed.tez);
        let redact = world
            .post(&redact, token, &json!({"reason": "x"}))
            .await
            .status;
        let codes = [ask, list, decide, export, redact].map(|status| status.as_u16().to_string());
        write!(table, "\n{name:<10} {}", codes.join(" ")).unwrap();
    }
    insta::assert_snapshot!(table, @r"
               ask list decide export redact
    sender     403 200 400 200 404
    its agent  403 200 403 200 403
    recipient  201 200 403 200 403
    its agent  201 200 403 200 403
    another    403 403 403 403 403
    admin      403 403 403 403 404
    partner    403 403 403 403 403
    elsewhere  404 404 404 404 404
    ");
}

#[tokio::test]
async fn only_what_is_missing_and_may_be_let_out_is_asked_for() {
    let deal = Deal::new().await;
    let lists = FieldAllowlists::default();
    let mut list = lists.of(ObjectKind::Opportunity).clone();
    let amount = FieldKey::Standard(Field::OpportunityAmount);
    list.on_request = [amount].into_iter().collect();
    let lists = lists.with(ObjectKind::Opportunity, list);
    deal.world.storage.lets_out(lists);
    for (fields, words) in [
        (&["stage"][..], "the item holds the field stage already"),
        (&["owner_id"], "the field owner_id is not let out"),
        (&["salary"], "the field salary is not let out"),
        (&["createdBy"], "fields.0 is not the name of a field"),
        (&[], "fields must name 1 to 20 fields"),
    ] {
        let refused = deal.ask(fields).await;
        refused.is_relay_error(400, "VALIDATION_ERROR");
        let message = refused.body["error"]["message"].as_str().unwrap();
        assert!(message.starts_with(words), "{message}");
    }
    deal.asked(&["amount"]).await;
    let path = deal.handed.expansions();
    let (carol, world) = (&deal.carol, &deal.world);
    let question = |reason: String| json!({"contextId": deal.handed.context, "fields": ["close_date"], "reason": reason});
    for (reason, status) in [
        ("é".repeat(WORDS_CHARS_MAX), 201),
        ("é".repeat(WORDS_CHARS_MAX + 1), 400),
        (String::new(), 400),
    ] {
        let asked = world.post(&path, carol, &question(reason)).await;
        assert_eq!(asked.status, status, "{}", asked.body);
    }
    let mut elsewhere = question("x".to_owned());
    elsewhere["contextId"] = deal.handed.tez.clone().into();
    let nothing = world.post(&path, carol, &elsewhere).await;
    nothing.is_relay_error(404, "NOT_FOUND");
}

#[tokio::test]
async fn of_words_that_the_host_did_not_make_there_is_no_more() {
    let deal = Deal::new().await;
    let tez = json!({
        "teamId": deal.handed.team, "surfaceText": "So I say", "visibility": "dm",
        "recipients": ["carol"],
        "context": [{"layer": "fact", "content": "So", "source": "verified"}],
    });
    let shared = deal.world.post("/tez/share", &deal.alice, &tez).await;
    let path = format!("/tez/{}", shared.body["data"]["id"].as_str().unwrap());
    let shown = deal.world.get(&path, &deal.carol).await;
    let context = &shown.body["data"]["context"][0]["id"];
    let asked = json!({"contextId": context, "fields": ["amount"], "reason": "x"});
    let refused = deal
        .world
        .post(&format!("{path}/expansions"), &deal.carol, &asked)
        .await;
    refused.is_relay_error(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn the_same_question_is_one_and_many_are_listed_in_pages() {
    let deal = Deal::new().await;
    let first = deal.asked(&["amount", "owner_id"]).await;
    assert_eq!(deal.asked(&["owner_id", "amount"]).await, first);
    let second = deal.asked(&["close_date"]).await;
    let page = async |query: &str| {
        let path = format!("/tez/expansions{query}");
        deal.world.get(&path, &deal.alice).await
    };
    let newest = page("?limit=1").await;
    assert_eq!(newest.body["data"][0]["id"], second);
    assert_eq!(newest.body["meta"], json!({"count": 1, "next": second}));
    let older = page(&format!("?limit=1&before={second}")).await;
    assert_eq!(older.body["data"][0]["id"], first);
    assert_eq!(older.body["meta"]["next"], Value::Null);
    assert_eq!(
        page(&format!("?limit={EXPANSION_PAGE_MAX}")).await.status,
        200
    );
    let past = EXPANSION_PAGE_MAX + 1;
    for wrong in [
        "?limit=0",
        &format!("?limit={past}"),
        "?state=none",
        "?before=x",
        "?more=1",
    ] {
        page(wrong).await.is_relay_error(400, "VALIDATION_ERROR");
    }
    // What was asked of Alice is nobody else's to see.
    assert_eq!(deal.list(&deal.alice).await.as_array().unwrap().len(), 2);
    let of_others = deal.world.get("/tez/expansions", &deal.carol).await;
    assert_eq!(of_others.body["data"], json!([]));
}

#[tokio::test]
async fn a_decision_is_whole_once_and_in_time() {
    let deal = Deal::new().await;
    let id = deal.asked(&["amount", "owner_id"]).await;
    let alice = &deal.alice;
    for wrong in [
        verdicts(&json!({"amount": "approve"})),
        verdicts(&json!({"amount": "approve", "owner_id": "refuse", "stage": "approve"})),
        verdicts(&json!({"amount": "maybe", "owner_id": "refuse"})),
        json!({"fields": {"amount": "approve", "owner_id": "refuse"},
            "note": "é".repeat(WORDS_CHARS_MAX + 1)}),
        json!({"fields": {"amount": "approve", "owner_id": "refuse"}, "more": 1}),
    ] {
        let refused = deal.decide(alice, &id, &wrong).await;
        refused.is_relay_error(400, "VALIDATION_ERROR");
    }
    let none = verdicts(&json!({"amount": "refuse", "owner_id": "refuse"}));
    let refused = deal.decide(alice, &id, &none).await;
    assert_eq!(refused.status, 200);
    let question = &refused.body["data"];
    assert_eq!(
        (&question["state"], &question["replyTezId"]),
        (&json!("refused"), &Value::Null)
    );
    let again = deal.decide(alice, &id, &none).await;
    again.is_relay_error(409, "CONFLICT");
    // Of two at once, one decides.
    let id = deal.asked(&["amount"]).await;
    let yes = verdicts(&json!({"amount": "approve"}));
    let (one, other) = tokio::join!(deal.decide(alice, &id, &yes), deal.decide(alice, &id, &yes));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let thread = deal
        .world
        .get(&format!("{}/thread", deal.handed.path()), alice)
        .await;
    assert_eq!(thread.body["data"]["messageCount"], 2);
    // Up to its last millisecond, and not after.
    let id = deal.asked(&["close_date"]).await;
    deal.world
        .clock
        .advance(EXPANSION_LIFE.saturating_sub(Duration::from_millis(1)));
    let alice = deal.world.token("home", "alice", Role::Member).await;
    let wrong = deal.decide(&alice, &id, &verdicts(&json!({}))).await;
    wrong.is_relay_error(400, "VALIDATION_ERROR");
    deal.world.clock.advance(Duration::from_millis(1));
    let late = deal
        .decide(&alice, &id, &verdicts(&json!({"close_date": "refuse"})))
        .await;
    late.is_relay_error(409, "CONFLICT");
    assert_eq!(deal.list(&alice).await[0]["state"], "expired");
    let lines = deal.lines();
    assert_eq!(
        lines.last().unwrap(),
        "decide-expansion refused expansion-expired"
    );
}

/// What holds at the moment of the decision counts, not what held when it was asked.
#[tokio::test]
async fn what_has_changed_since_it_was_asked_counts() {
    let deal = Deal::new().await;
    let (world, alice) = (&deal.world, &deal.alice);
    let id = deal.asked(&["amount"]).await;
    let yes = verdicts(&json!({"amount": "approve"}));
    let waits = async || deal.list(alice).await[0]["state"] == "pending";
    // The community lets the field out no longer.
    let shipped = FieldAllowlists::default();
    let none = FieldAllowlist::default();
    let lists = shipped.clone().with(ObjectKind::Opportunity, none);
    world.storage.lets_out(lists);
    let refused = deal.decide(alice, &id, &yes).await;
    refused.is_relay_error(400, "VALIDATION_ERROR");
    let message = refused.body["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("the field amount is not let out"),
        "{message}"
    );
    world.storage.lets_out(shipped);
    // The sender may not read deals any more.
    let admin = world.token("home", "root", Role::Admin).await;
    let forbid = "@id(\"no-deals-for-alice\")\nforbid (principal == User::\"alice\", \
                  action == Action::\"crm-read\", resource);";
    let text = format!("{}\n{forbid}", skillgate_policy::SHIPPED);
    let put = json!({"text": text, "expected_version": 0});
    assert_eq!(world.put("/api/policies", &admin, &put).await.status, 200);
    let refused = deal.decide(alice, &id, &yes).await;
    refused.is_relay_error(403, "FORBIDDEN");
    let back = json!({"text": skillgate_policy::SHIPPED, "expected_version": 1});
    world.put("/api/policies", &admin, &back).await;
    assert!(waits().await);
    // The trail is full: there is no decision without its record.
    world.audit.kept().full = true;
    let failed = deal.decide(alice, &id, &yes).await;
    assert!(failed.status.is_server_error(), "{}", failed.body);
    world.audit.kept().full = false;
    assert!(waits().await);
    let thread = format!("{}/thread", deal.handed.path());
    let thread = world.get(&thread, alice).await;
    assert_eq!(thread.body["data"]["messageCount"], 1);
    // The item is taken out: there is nothing to say more about, but no can be said.
    deal.handed.redact(world, alice).await;
    deal.decide(alice, &id, &yes)
        .await
        .is_relay_error(409, "CONFLICT");
    deal.ask(&["owner_id"])
        .await
        .is_relay_error(409, "CONFLICT");
    let no = deal
        .decide(alice, &id, &verdicts(&json!({"amount": "refuse"})))
        .await;
    assert_eq!(no.status, 200, "{}", no.body);
}

#[tokio::test]
async fn what_is_taken_out_is_gone_and_a_marker_stays() {
    let deal = Deal::new().await;
    let (world, alice) = (&deal.world, &deal.alice);
    let shared = world.get(&deal.handed.path(), alice).await;
    let before = &shared.body["data"]["context"][0];
    world.clock.advance(Duration::from_millis(1));
    let first = deal.handed.redact(world, alice).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let item = &first.body["data"];
    assert_eq!(item["content"], REDACTED);
    assert_eq!(item["provenance"], before["provenance"]);
    let marker = &item["redaction"];
    assert_eq!(
        (&marker["redactedBy"], &marker["reason"]),
        (&json!("alice"), &json!("The wrong customer"))
    );
    // Again, by an admin, later: it stays as it was.
    world.clock.advance(Duration::from_millis(1));
    let admin = world.token("home", "root", Role::Admin).await;
    let again = deal.handed.redact(world, &admin).await;
    assert_eq!(again.body, first.body);
    let shown = world.get(&deal.handed.path(), &deal.carol).await;
    assert_eq!(shown.body["data"]["context"][0], *item);
    assert!(!shown.text.contains("stage=NEW"), "{}", shown.text);
    assert_ne!(
        shown.body["data"]["updatedAt"],
        shared.body["data"]["updatedAt"]
    );
    let path = format!(
        "{}/context/{}/redact",
        deal.handed.path(),
        deal.handed.context
    );
    for reason in [String::new(), "é".repeat(WORDS_CHARS_MAX + 1)] {
        let wrong = json!({ "reason": reason });
        let refused = world.post(&path, alice, &wrong).await;
        refused.is_relay_error(400, "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn a_tez_is_taken_along_as_a_bundle() {
    let deal = Deal::new().await;
    let world = &deal.world;
    let export = async |token: &str| {
        let path = format!("{}/export", deal.handed.path());
        world.get(&path, token).await
    };
    let bundle = export(&deal.carol).await;
    assert_eq!(bundle.status, 200);
    assert_eq!(
        bundle.header("content-type"),
        Some("application/vnd.tezit+zip")
    );
    let named = format!("attachment; filename=\"{}.tez\"", deal.handed.tez);
    assert_eq!(bundle.header("content-disposition"), Some(named.as_str()));
    let report = bundle::check(&bundle.bytes).unwrap();
    assert_eq!((report.items, report.redacted, report.citations), (1, 0, 1));
    assert_eq!(export(&deal.alice).await.bytes, bundle.bytes);
    deal.handed.redact(world, &deal.alice).await;
    let less = export(&deal.carol).await;
    assert_eq!(bundle::check(&less.bytes).unwrap().redacted, 1);
    assert!(!less.text.contains("stage=NEW"));
    assert!(bundle.text.contains("stage=NEW"), "the positive control");
    export(&deal.xeno).await.is_relay_error(403, "FORBIDDEN");
    // Reading it so is reading it, and each time is on record with the digest of what was taken.
    assert_eq!(
        deal.lines(),
        [
            "show-tez done",
            "export-tez done",
            "export-tez done",
            "redact-tez done",
            "export-tez done",
            "export-tez refused tez-forbidden",
        ]
    );
    let kept = world.audit.kept();
    let leaf = kept.records.iter().find(|it| it.action == "export-tez");
    let leaf: Value = serde_json::from_str(&leaf.unwrap().leaf).unwrap();
    let digest = skillgate_app::digest::sha256(&bundle.bytes).to_string();
    assert_eq!(leaf["bundle"], digest);
}
