//! A hand-off of which its recipient wants to know more, with everything real: skill, CRM, relay, database.

use serde_json::{Value, json};
use skillgate_app::bundle;
use skillgate_domain::principal::Role;
use skillgate_tests::host::TestHost;
use skillgate_tests::http::Client;
use skillgate_tests::skills;

/// The id of a person, as coordinate takes it.
const CAROL: &str = "0190f5fe-7c00-7a00-8000-0000000000ca";

/// A deal that Mia handed over to Carol.
struct HandedOver {
    mia: Client,
    carol: Client,
    deal: String,
    tez: String,
    context: String,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn handed_over(host: &TestHost) -> HandedOver {
    let (manifest, component) = skills::tez_handoff();
    host.install(&manifest, &component).await.unwrap();
    let mia = Client::of(host, Role::Member, "mia").await;
    let carol = Client::of(host, Role::Member, CAROL).await;
    let team = mia.post("/teams", &json!({ "name": "Sales" })).await;
    let team = text(&team.with(201)["data"]["id"]);
    let deal = json!({ "payload": { "name": "Acme Renewal", "stage": "PROPOSAL",
        "amount": { "amountMicros": 1_500_000_000, "currencyCode": "EUR" } } });
    let made = mia.post("/api/crm/opportunities", &deal).await.with(201);
    let deal = text(&made["data"]["summary"]["id"]);
    let asked = json!({
        "entityType": "opportunity", "entityId": deal, "objective": "Get the signature",
        "tez": { "teamId": team, "recipients": [CAROL], "share": true },
    });
    let coordinate = "/api/crm/workflows/coordinate";
    let plan = mia.post(coordinate, &asked).await.with(200)["data"]["plan"].clone();
    let path = format!("/api/crm/workflows/plans/{}/apply", text(&plan["id"]));
    let approval = json!({ "digest": plan["digest"] });
    let applied = mia.post(&path, &approval).await.with(200);
    let tez = text(&applied["data"]["effects"][0]["answer"]["tezId"]);
    let read = carol.get(&format!("/tez/{tez}")).await.with(200);
    HandedOver {
        context: text(&read["data"]["context"][0]["id"]),
        mia,
        carol,
        deal,
        tez,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recipient_learns_what_the_sender_agrees_to_as_it_is_now() {
    let host = TestHost::start_embedded().await;
    let HandedOver {
        mia,
        carol,
        deal,
        tez,
        context,
    } = handed_over(&host).await;
    let questions = format!("/tez/{tez}/expansions");
    let asked = json!({ "contextId": context, "fields": ["amount", "close_date"],
        "reason": "What is it worth?" });
    let question = carol.post(&questions, &asked).await.with(201)["data"].clone();
    // The deal has grown since it was handed over.
    let grown = json!({ "payload": { "amount": { "amountMicros": 2_000_000_000, "currencyCode": "EUR" } } });
    let path = format!("/api/crm/opportunities/{deal}");
    mia.patch(&path, &grown).await.with(200);
    let waiting = mia.get("/tez/expansions").await.with(200);
    assert_eq!(waiting["data"], json!([question]));
    let decide = format!("{questions}/{}/decide", text(&question["id"]));
    let said = json!({ "fields": { "amount": "approve", "close_date": "refuse" } });
    let decided = mia.post(&decide, &said).await.with(200)["data"].clone();
    assert_eq!(decided["state"], "answered");
    let reply = format!("/tez/{}", text(&decided["replyTezId"]));
    let reply = carol.get(&reply).await.with(200);
    let item = &reply["data"]["context"][0];
    let content = format!("CRM opportunity snapshot: opportunity_id={deal}, amount=2000.00 EUR");
    assert_eq!(item["content"], content);
    assert_eq!(item["provenance"]["fields"], json!(["amount"]));
    mia.post(&decide, &said).await.with(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_decides_for_whoever_handed_over() {
    let host = TestHost::start_embedded().await;
    let handed = handed_over(&host).await;
    let questions = format!("/tez/{}/expansions", handed.tez);
    let asked = json!({ "contextId": handed.context, "fields": ["amount"], "reason": "Why?" });
    let question = handed.carol.post(&questions, &asked).await.with(201);
    let decide = format!("{questions}/{}/decide", text(&question["data"]["id"]));
    let said = |word: &str| json!({ "fields": { "amount": word } });
    // An agent decides nothing for its user, and nobody decides for Mia.
    let agent = Client::of(&host, Role::Agent, "mia").await;
    agent.post(&decide, &said("refuse")).await.with(403);
    handed.carol.post(&decide, &said("approve")).await.with(403);
    let listed = handed.carol.get(&questions).await.with(200);
    assert_eq!(listed["data"][0]["state"], "pending");
    handed.mia.post(&decide, &said("refuse")).await.with(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_out_is_in_no_bundle() {
    let host = TestHost::start_embedded().await;
    let handed = handed_over(&host).await;
    let (mia, carol) = (&handed.mia, &handed.carol);
    let export = format!("/tez/{}/export", handed.tez);
    let bundle = carol.get_bytes(&export).await;
    let report = bundle::check(&bundle).unwrap();
    assert_eq!(report.id, handed.tez);
    assert_eq!(report.redacted, 0);
    let has = |bundle: &[u8]| bundle.windows(8).any(|window| window == b"PROPOSAL");
    assert!(has(&bundle));
    let path = format!("/tez/{}/context/{}/redact", handed.tez, handed.context);
    let why = json!({ "reason": "Not for Carol" });
    carol.post(&path, &why).await.with(403);
    mia.post(&path, &why).await.with(200);
    let bundle = carol.get_bytes(&export).await;
    assert_eq!(bundle::check(&bundle).unwrap().redacted, 1);
    assert!(!has(&bundle));
}
