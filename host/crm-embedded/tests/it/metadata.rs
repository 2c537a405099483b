//! Custom fields: added, written, filtered, refused, and kept across a restart.

use serde_json::{Value, json};
use skillgate_crm_embedded::Database;

use super::crm::{TestCrm, message, text};

async fn object_id(crm: &TestCrm, plural: &str) -> Value {
    let objects = crm.get("/rest/metadata/objects").await;
    let objects = objects.body["data"]["objects"].as_array().unwrap().clone();
    objects
        .iter()
        .find(|object| object["namePlural"] == plural)
        .unwrap()["id"]
        .clone()
}

async fn add(crm: &TestCrm, plural: &str, field: Value) -> super::crm::Answer {
    let mut body = field;
    body["objectMetadataId"] = object_id(crm, plural).await;
    body["label"] = body["name"].clone();
    crm.post("/rest/metadata/fields", body).await
}

fn options() -> Value {
    json!([
        {"label": "Low", "value": "LOW", "color": "green", "position": 0},
        {"label": "High", "value": "HIGH", "color": "red", "position": 1},
    ])
}

#[tokio::test]
async fn every_offered_type_is_written_read_and_filtered() {
    let crm = TestCrm::new().await;
    let before = crm.person("Old", "Timer").await;
    let cases = [
        ("TEXT", json!("why"), "score1[eq]:why"),
        ("NUMBER", json!(12.5), "score2[gte]:12"),
        ("BOOLEAN", json!(true), "score3[eq]:true"),
        (
            "DATE_TIME",
            json!("2026-01-01T00:00:00.000Z"),
            "score4[lt]:2027-01-01",
        ),
        ("DATE", json!("2026-01-01"), "score5[eq]:2026-01-01"),
        ("SELECT", json!("HIGH"), "score6[in]:[HIGH,LOW]"),
        (
            "MULTI_SELECT",
            json!(["LOW", "HIGH"]),
            "score7[containsAny]:[HIGH]",
        ),
        (
            "LINKS",
            json!({"primaryLinkUrl": "https://x.test", "primaryLinkLabel": "", "secondaryLinks": []}),
            "score8.primaryLinkUrl[startsWith]:https",
        ),
        (
            "CURRENCY",
            json!({"amountMicros": 5, "currencyCode": "EUR"}),
            "score9.amountMicros[lte]:5",
        ),
    ];
    for (index, (kind, value, filter)) in cases.into_iter().enumerate() {
        let name = format!("score{}", index + 1);
        let mut field = json!({"type": kind, "name": name});
        if kind.contains("SELECT") {
            field["options"] = options();
        }
        let added = add(&crm, "people", field).await;
        assert_eq!(
            (added.status, &added.body["data"]["createOneField"]["type"]),
            (201, &json!(kind))
        );
        let mut body = json!({"name": {"lastName": kind}});
        body[&name] = value.clone();
        let created = crm.create("people", body).await;
        assert_eq!(created[&name], value, "{kind}");
        assert_eq!(
            crm.last_names(&format!("filter={filter}")).await,
            [kind],
            "{filter}"
        );
    }
    assert_eq!(crm.get(&format!("/rest/people/{before}")).await.status, 200);
}

#[tokio::test]
async fn fields_that_cannot_be_are_refused_with_their_codes() {
    let crm = TestCrm::new().await;
    let cases = [
        (json!({"type": "TEXT", "name": "jobTitle"}), "NOT_AVAILABLE"),
        (
            json!({"type": "TEXT", "name": "companyId"}),
            "NOT_AVAILABLE",
        ),
        (
            json!({"type": "TEXT", "name": "attachments"}),
            "NOT_AVAILABLE",
        ),
        (
            json!({"type": "TEXT", "name": "Bad-Name"}),
            "INVALID_FIELD_INPUT",
        ),
        (
            json!({"type": "TEXT", "name": "x') --"}),
            "INVALID_FIELD_INPUT",
        ),
        (
            json!({"type": "TEXT", "name": "x".repeat(64)}),
            "INVALID_FIELD_INPUT",
        ),
        (
            json!({"type": "SELECT", "name": "a"}),
            "INVALID_FIELD_INPUT",
        ),
        (
            json!({"type": "SELECT", "name": "a", "options": [{"value": "ok"}]}),
            "INVALID_FIELD_INPUT",
        ),
    ];
    for (field, code) in cases {
        let refused = add(&crm, "people", field.clone()).await;
        assert_eq!(refused.status, 400, "{field}");
        let found = refused
            .body
            .pointer("/errors/fieldMetadata/0/errors/0/code");
        assert_eq!(found, Some(&json!(code)), "{field}");
    }
    assert_eq!(
        add(
            &crm,
            "people",
            json!({"type": "TEXT", "name": "x".repeat(63)})
        )
        .await
        .status,
        201
    );
    let unknown = add(&crm, "people", json!({"type": "BOGUS", "name": "a"})).await;
    assert!(text(&unknown.body["message"][0]).starts_with("type must be one of"));
    let other = add(&crm, "people", json!({"type": "RAW_JSON", "name": "a"})).await;
    assert_eq!(
        (other.status, message(&other)),
        (
            501,
            "a custom field of this type is not covered by the embedded CRM".into()
        )
    );
}

#[tokio::test]
async fn a_unique_custom_field_is_a_key_for_upsert_and_a_default_reaches_old_records() {
    let crm = TestCrm::new().await;
    crm.person("Old", "Timer").await;
    let field =
        json!({"type": "SELECT", "name": "level", "options": options(), "defaultValue": "'LOW'"});
    assert_eq!(add(&crm, "people", field).await.status, 201);
    assert_eq!(crm.last_names("filter=level[eq]:LOW").await, ["Timer"]);
    let field = json!({"type": "TEXT", "name": "externalId", "isUnique": true});
    assert_eq!(add(&crm, "people", field).await.status, 201);
    let first = crm.create("people", json!({"externalId": "e1"})).await;
    assert_eq!(first["level"], "LOW");
    let refused = crm.post("/rest/people", json!({"externalId": "e1"})).await;
    assert_eq!(message(&refused), "A duplicate entry was detected");
    let upsert = json!({"externalId": "e1", "jobTitle": "x"});
    assert_eq!(
        crm.create("people?upsert=true", upsert).await["id"],
        first["id"]
    );
}

#[tokio::test]
async fn a_file_keeps_records_and_fields_across_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("crm.db");
    let open = || TestCrm::with(|options| options.database = Database::File(path.clone()));
    let crm = open().await;
    assert_eq!(
        add(&crm, "people", json!({"type": "TEXT", "name": "reason"}))
            .await
            .status,
        201
    );
    let body = json!({"id": "11111111-1111-4111-8111-111111111111", "reason": "kept", "name": {"lastName": "Kept"}});
    crm.create("people", body).await;
    crm.crm.close().await;
    let crm = open().await;
    assert_eq!(crm.last_names("filter=reason[eq]:kept").await, ["Kept"]);
    assert_eq!(
        crm.get("/rest/workspaceMembers").await.body["totalCount"],
        1
    );
    let again = add(&crm, "people", json!({"type": "TEXT", "name": "reason"})).await;
    assert_eq!(again.status, 400);
}

#[tokio::test]
async fn objects_and_fields_are_listed_in_pages_of_bare_ids() {
    let crm = TestCrm::new().await;
    let all = crm.get("/rest/metadata/objects").await;
    assert_eq!(all.body["totalCount"], 9);
    let page = crm.get("/rest/metadata/objects?limit=2").await;
    let end = text(&page.body["pageInfo"]["endCursor"]);
    assert_eq!(page.body["pageInfo"]["hasNextPage"], true);
    let rest = crm
        .get(&format!("/rest/metadata/objects?starting_after={end}"))
        .await;
    assert_eq!(rest.body["data"]["objects"].as_array().unwrap().len(), 7);
    let person = crm
        .get(&format!(
            "/rest/metadata/objects/{}",
            text(&object_id(&crm, "people").await)
        ))
        .await;
    let fields = person.body["data"]["object"]["fields"].as_array().unwrap();
    let company = fields
        .iter()
        .find(|field| field["name"] == "company")
        .unwrap();
    assert_eq!(company["settings"]["joinColumnName"], "companyId");
    let field = text(&company["id"]);
    assert_eq!(
        crm.get(&format!("/rest/metadata/fields/{field}"))
            .await
            .status,
        200
    );
    let missing = crm
        .get("/rest/metadata/objects/99999999-9999-4999-8999-999999999999")
        .await;
    assert_eq!(
        (missing.status, &missing.body["code"]),
        (404, &json!("OBJECT_METADATA_NOT_FOUND"))
    );
}
