//! The traps of the dialect: what loses data or misleads on the real server must do so here.

use serde_json::{Value, json};
use skillgate_crm_embedded::MESSAGE_ID;

use super::crm::{TestCrm, message, text};

#[tokio::test]
async fn delete_is_for_good_unless_soft_is_asked_for() {
    let crm = TestCrm::new().await;
    let (hard, soft) = (crm.person("A", "Hard").await, crm.person("A", "Soft").await);
    crm.delete(&format!("/rest/people/{hard}")).await;
    let kept = crm
        .delete(&format!("/rest/people/{soft}?soft_delete=true"))
        .await;
    assert!(kept.body["data"]["deletePerson"]["deletedAt"].is_string());
    assert_eq!(crm.get(&format!("/rest/people/{soft}")).await.status, 404);
    assert_eq!(crm.last_names("").await, Vec::<String>::new());
    assert_eq!(
        crm.last_names("filter=deletedAt[is]:NOT_NULL").await,
        ["Soft"]
    );
    let changed = crm
        .patch(
            &format!("/rest/people/{soft}"),
            json!({"jobTitle": "ghost"}),
        )
        .await;
    assert_eq!(changed.status, 200);
    let restored = crm
        .patch(
            &format!("/rest/restore/people?filter=id[eq]:{soft}"),
            json!({}),
        )
        .await;
    assert_eq!(
        restored.body["data"]["restorePeople"][0]["deletedAt"],
        Value::Null
    );
    let by_id = crm
        .patch(&format!("/rest/restore/people/{soft}"), json!({}))
        .await;
    assert_eq!(by_id.status, 400);
}

#[tokio::test]
async fn a_collection_is_changed_whole_without_a_filter_or_with_a_trailing_slash() {
    let crm = TestCrm::new().await;
    for name in ["A", "B"] {
        crm.person(name, name).await;
    }
    let id_null = "filter=id[is]:NULL";
    for path in [
        "/rest/people",
        "/rest/people/",
        &format!("/rest/people?{id_null}&{id_null}"),
    ] {
        let changed = crm.patch(path, json!({"jobTitle": path})).await;
        assert_eq!(changed.status, 200);
        assert_eq!(
            changed.body["data"]["updatePeople"]
                .as_array()
                .unwrap()
                .len(),
            2,
            "{path}"
        );
    }
    for path in [
        "/rest/people",
        "/rest/people/",
        "/rest/people?soft_delete=true",
    ] {
        let refused = crm.delete(path).await;
        assert_eq!(refused.status, 400, "{path}");
        assert!(message(&refused).starts_with("Filters are mandatory for bulk de"));
    }
}

#[tokio::test]
async fn bulk_changes_reach_soft_deleted_records_and_a_repeated_filter_is_no_filter() {
    let crm = TestCrm::new().await;
    let gone = crm.person("A", "Gone").await;
    crm.person("A", "Here").await;
    crm.delete(&format!("/rest/people/{gone}?soft_delete=true"))
        .await;
    let path = "/rest/people?filter=name.firstName[eq]:A";
    let changed = crm.patch(path, json!({"jobTitle": "x"})).await;
    assert_eq!(
        changed.body["data"]["updatePeople"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let all = crm
        .last_names("filter=name.lastName[eq]:No&filter=name.lastName[eq]:No")
        .await;
    assert_eq!(all, ["Here"]);
    let removed = crm.delete(path).await;
    assert_eq!(
        removed.body["data"]["deletePeople"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn soft_deleted_records_keep_their_values_and_an_upsert_brings_them_back() {
    let crm = TestCrm::new().await;
    let body = json!({"emails": {"primaryEmail": "a@x.test"}, "jobTitle": "kept"});
    let id = text(&crm.create("people", body.clone()).await["id"]);
    crm.delete(&format!("/rest/people/{id}?soft_delete=true"))
        .await;
    let refused = crm.post("/rest/people", body).await;
    assert_eq!(
        (refused.status, message(&refused)),
        (400, "A duplicate entry was detected".into())
    );
    assert_eq!(refused.body.get("code"), None);
    let upsert = json!({"emails": {"primaryEmail": "A@X.test"}, "name": {"firstName": "Z"}});
    let back = crm.create("people?upsert=true", upsert.clone()).await;
    assert_eq!(
        (text(&back["id"]), &back["jobTitle"]),
        (id.clone(), &json!("kept"))
    );
    assert_eq!(back["deletedAt"], Value::Null);
    crm.delete(&format!("/rest/people/{id}")).await;
    assert_ne!(
        text(&crm.create("people?upsert=true", upsert).await["id"]),
        id
    );
}

#[tokio::test]
async fn an_upsert_that_means_two_records_is_refused() {
    let crm = TestCrm::new().await;
    let id = crm.person("A", "One").await;
    crm.create("people", json!({"emails": {"primaryEmail": "two@x.test"}}))
        .await;
    let body = json!({"id": id, "emails": {"primaryEmail": "two@x.test"}});
    let refused = crm.post("/rest/people?upsert=true", body).await;
    assert_eq!(
        message(&refused),
        format!(
            "Multiple records found with the same unique field values for id: {id}, \
             emails.primaryEmail: two@x.test. Cannot determine which record to update."
        )
    );
}

#[tokio::test]
async fn an_own_id_makes_a_retry_safe() {
    let crm = TestCrm::new().await;
    let body = json!({"id": "11111111-1111-4111-8111-111111111111", "name": {"lastName": "Own"}});
    assert_eq!(crm.post("/rest/people", body.clone()).await.status, 201);
    assert_eq!(crm.post("/rest/people", body.clone()).await.status, 400);
    assert_eq!(crm.post("/rest/people?upsert=true", body).await.status, 201);
    assert_eq!(crm.last_names("").await, ["Own"]);
}

#[tokio::test]
async fn callers_can_forge_when_and_how_a_record_came_to_be() {
    let crm = TestCrm::new().await;
    let body = json!({
        "createdAt": "2001-01-01T00:00:00.000Z",
        "createdBy": {"source": "EMAIL", "name": "Somebody"},
    });
    let created = crm.create("people", body).await;
    assert_eq!(created["createdAt"], "2001-01-01T00:00:00.000Z");
    assert_eq!(created["createdBy"]["source"], "EMAIL");
    assert_eq!(created["createdBy"]["name"], "skillgate");
    assert_eq!(created["updatedBy"]["source"], "API");
}

#[tokio::test]
async fn graphql_answers_null_for_a_misspelt_field_and_200_for_errors() {
    let crm = TestCrm::new().await;
    crm.person("A", "B").await;
    let body = crm
        .graphql("{people(first:1){edges{node{nope}}}}", json!({}))
        .await;
    assert_eq!(
        body,
        json!({"data": {"people": {"edges": [{"node": {"nope": null}}]}}})
    );
    let id = "99999999-9999-4999-8999-999999999999";
    let query = "query($f:PersonFilterInput){person(filter:$f){id}}";
    let body = crm.graphql(query, json!({"f": {"id": {"eq": id}}})).await;
    assert_eq!(
        body["errors"][0]["extensions"]["subCode"],
        "RECORD_NOT_FOUND"
    );
    assert_eq!(body["data"], json!({"person": null}));
}

#[tokio::test]
async fn system_objects_are_open_to_the_key_and_members_are_not_writable() {
    let crm = TestCrm::new().await;
    let messages = crm.get("/rest/messages").await;
    assert_eq!(
        messages.body["data"]["messages"][0]["id"],
        json!(MESSAGE_ID)
    );
    let refused = crm
        .patch("/rest/workspaceMembers", json!({"locale": "fr"}))
        .await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (400, &json!("PERMISSION_DENIED"))
    );
    let refused = crm
        .delete("/rest/workspaceMembers?filter=locale[eq]:en")
        .await;
    assert_eq!(refused.body["code"], "PERMISSION_DENIED");
}

#[tokio::test]
async fn a_null_composite_changes_nothing_and_null_text_clears() {
    let crm = TestCrm::new().await;
    let body = json!({"name": {"firstName": "A"}, "emails": {"primaryEmail": "a@x.test"}, "jobTitle": "x"});
    let id = text(&crm.create("people", body).await["id"]);
    let path = format!("/rest/people/{id}");
    let kept = crm
        .patch(
            &path,
            json!({"name": null, "emails": null, "jobTitle": null}),
        )
        .await;
    let person = &kept.body["data"]["updatePerson"];
    assert_eq!(person["emails"]["primaryEmail"], "a@x.test");
    assert_eq!(
        (&person["name"]["firstName"], &person["jobTitle"]),
        (&json!("A"), &json!(""))
    );
}

#[tokio::test]
async fn destroying_clears_keys_and_takes_links_along() {
    let crm = TestCrm::new().await;
    let company = text(&crm.create("companies", json!({"name": "Acme"})).await["id"]);
    let person = text(&crm.create("people", json!({"companyId": company})).await["id"]);
    let deal = json!({"name": "Deal", "companyId": company, "pointOfContactId": person});
    let deal = text(&crm.create("opportunities", deal).await["id"]);
    let task = text(&crm.create("tasks", json!({"title": "Call"})).await["id"]);
    crm.create(
        "taskTargets",
        json!({"taskId": task, "targetPersonId": person}),
    )
    .await;
    crm.delete(&format!("/rest/companies/{company}")).await;
    let deal = crm.get(&format!("/rest/opportunities/{deal}")).await;
    let deal = &deal.body["data"]["opportunity"];
    assert_eq!(
        (&deal["companyId"], &deal["pointOfContactId"]),
        (&Value::Null, &json!(person))
    );
    let person_now = crm.get(&format!("/rest/people/{person}")).await;
    assert_eq!(person_now.body["data"]["person"]["companyId"], Value::Null);
    crm.delete(&format!("/rest/tasks/{task}")).await;
    assert_eq!(crm.get("/rest/taskTargets").await.body["totalCount"], 0);
}
