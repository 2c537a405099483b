//! Create, read, update, delete, list.

use serde_json::json;

use super::crm::{TestCrm, message, text};

#[tokio::test]
async fn a_person_is_created_read_changed_and_removed() {
    let crm = TestCrm::new().await;
    let created = crm
        .create(
            "people",
            json!({
                "name": {"firstName": "Ada", "lastName": "Lovelace"},
                "emails": {"primaryEmail": "Ada@Example.test", "additionalEmails": ["ADA2@example.test"]},
                "phones": {"primaryPhoneNumber": "+33612345678"},
                "linkedinLink": {"primaryLinkUrl": "https://LinkedIn.com/in/ada/"},
                "jobTitle": "Analyst",
            }),
        )
        .await;
    let id = text(&created["id"]);
    assert_eq!(created["emails"]["primaryEmail"], "ada@example.test");
    assert_eq!(created["phones"]["primaryPhoneNumber"], "612345678");
    assert_eq!(created["phones"]["primaryPhoneCountryCode"], "FR");
    assert_eq!(
        created["linkedinLink"]["primaryLinkUrl"],
        "https://linkedin.com/in/ada"
    );
    assert_eq!(created["createdBy"]["name"], "skillgate");
    assert_eq!(created["avatarUrl"], "");
    let path = format!("/rest/people/{id}");
    let read = crm.get(&path).await;
    assert_eq!(read.body["data"]["person"], created);
    let changed = crm
        .patch(&path, json!({"name": {"lastName": "King"}}))
        .await;
    assert_eq!(
        changed.body["data"]["updatePerson"]["name"],
        json!({"firstName": "Ada", "lastName": "King"})
    );
    assert!(
        changed.body["data"]["updatePerson"]["updatedAt"].as_str() > created["updatedAt"].as_str()
    );
    let gone = crm.delete(&path).await;
    assert_eq!(gone.body, json!({"data": {"deletePerson": {"id": id}}}));
    let missing = crm.get(&path).await;
    assert_eq!(
        (missing.status, message(&missing)),
        (404, "Record not found".to_owned())
    );
}
