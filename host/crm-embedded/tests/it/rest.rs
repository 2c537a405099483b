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

#[tokio::test]
async fn pages_go_forward_and_back() {
    let crm = TestCrm::new().await;
    for name in ["a", "B", "c", "D", "e"] {
        crm.person("P", name).await;
    }
    let first = crm.get("/rest/people?limit=2&order_by=name.lastName").await;
    let end = text(&first.body["pageInfo"]["endCursor"]);
    let query = format!("limit=2&order_by=name.lastName&starting_after={end}");
    assert_eq!(crm.last_names(&query).await, ["c", "D"]);
    let second = crm.get(&format!("/rest/people?{query}")).await;
    let info = &second.body["pageInfo"];
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(true), &json!(false))
    );
    let start = text(&info["startCursor"]);
    let query = format!("limit=9&order_by=name.lastName&ending_before={start}");
    assert_eq!(crm.last_names(&query).await, ["a", "B"]);
    let back = crm.get(&format!("/rest/people?{query}")).await;
    // Marks of a page before a cursor are swapped.
    assert_eq!(back.body["pageInfo"]["startCursor"], json!(end));
    let both = crm
        .get(&format!(
            "/rest/people?starting_after={end}&ending_before={end}"
        ))
        .await;
    assert_eq!(both.status, 400);
    let other = crm
        .get(&format!(
            "/rest/people?order_by=createdAt&starting_after={end}"
        ))
        .await;
    assert_eq!(other.body["code"], "INVALID_CURSOR");
}

#[tokio::test]
async fn filters_compare_as_the_database_does() {
    let crm = TestCrm::new().await;
    for (job, last) in [
        ("Eng", "O'Brien"),
        ("eng", "100%_x"),
        ("", "Élan"),
        ("Ops", "Doe, Jr"),
        ("Ops", "say \"hi\""),
    ] {
        crm.create(
            "people",
            json!({"name": {"lastName": last}, "jobTitle": job}),
        )
        .await;
    }
    let cases = [
        ("jobTitle[eq]:Eng", vec!["O'Brien"]),
        ("jobTitle[ilike]:eng", vec!["O'Brien", "100%_x"]),
        ("jobTitle[neq]:Eng", vec!["100%_x", "Doe, Jr", "say \"hi\""]),
        (
            "not(jobTitle[eq]:Eng)",
            vec!["100%_x", "Doe, Jr", "say \"hi\""],
        ),
        ("jobTitle[is]:NULL", vec!["Élan"]),
        ("name.lastName[ilike]:%25éL%25", vec!["Élan"]),
        ("name.lastName[like]:%25él%25", vec![]),
        ("name.lastName[like]:100\\%25%25", vec!["100%_x"]),
        ("name.lastName[endsWith]:Jr", vec!["Doe, Jr"]),
        ("name.lastName[startsWith]:doe", vec![]),
        ("name.lastName[eq]:%22say%20%22hi%22%22", vec!["say \"hi\""]),
        (
            "name.lastName[eq]:%22O'Brien%22,jobTitle[eq]:%22Eng%22",
            vec![],
        ),
        ("jobTitle[in]:[Eng,eng]", vec!["O'Brien", "100%_x"]),
        (
            "jobTitle[gt]:Eng,jobTitle[lt]:eng",
            vec!["Doe, Jr", "say \"hi\""],
        ),
        (
            "createdBy.name[eq]:skillgate,or(jobTitle[eq]:Ops)",
            vec!["Doe, Jr", "say \"hi\""],
        ),
    ];
    for (filter, expected) in cases {
        let filter = filter.replace('é', "%C3%A9");
        assert_eq!(
            crm.last_names(&format!("filter={filter}")).await,
            expected,
            "{filter}"
        );
    }
}

#[tokio::test]
async fn relations_are_connected_filtered_and_shown_at_depth_1() {
    let crm = TestCrm::new().await;
    let body = json!({"name": "Acme", "domainName": {"primaryLinkUrl": "https://acme.test"}});
    let company = text(&crm.create("companies", body).await["id"]);
    let connect = |url: &str| json!({"company": {"connect": {"where": {"domainName": {"primaryLinkUrl": url}}}}});
    let person = crm.create("people", connect("https://acme.test")).await;
    assert_eq!(person["companyId"], json!(company));
    let refused = crm.post("/rest/people", connect("https://no.test")).await;
    assert_eq!(
        message(&refused),
        "Expected 1 record to connect to company, but found 0 for domainNamePrimaryLinkUrl = https://no.test"
    );
    let found = crm
        .get("/rest/people?filter=company.name[eq]:Acme&depth=1")
        .await;
    let found = &found.body["data"]["people"][0];
    assert_eq!(found["company"]["name"], "Acme");
    assert_eq!(
        (&found["taskTargets"], &found["attachments"]),
        (&json!([]), &json!([]))
    );
    let whole = crm.get(&format!("/rest/companies/{company}?depth=1")).await;
    assert_eq!(
        whole.body["data"]["company"]["people"][0]["id"],
        person["id"]
    );
    let path = format!("/rest/people/{}", text(&person["id"]));
    let freed = crm
        .patch(&path, json!({"company": {"disconnect": true}}))
        .await;
    assert_eq!(freed.body["data"]["updatePerson"]["companyId"], json!(null));
    let refused = crm
        .patch(
            &path,
            json!({"companyId": "99999999-9999-4999-8999-999999999999"}),
        )
        .await;
    assert!(message(&refused).contains("violates foreign key constraint"));
    assert_eq!(crm.get("/rest/people?depth=2").await.status, 400);
}

#[tokio::test]
async fn a_batch_is_all_or_nothing() {
    let crm = TestCrm::new().await;
    let rows =
        json!([{"emails": {"primaryEmail": "a@x.test"}}, {"emails": {"primaryEmail": "A@x.test"}}]);
    for path in ["/rest/batch/people", "/rest/batch/people?upsert=true"] {
        let refused = crm.post(path, rows.clone()).await;
        assert_eq!(
            message(&refused),
            "A duplicate entry was detected",
            "{path}"
        );
        assert_eq!(crm.get("/rest/people").await.body["totalCount"], 0);
    }
    let single = crm
        .post("/rest/batch/people", json!({"jobTitle": "x"}))
        .await;
    assert_eq!(message(&single), "args.data.forEach is not a function");
}
