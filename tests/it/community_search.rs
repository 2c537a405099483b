//! Admins find communities to invite, by what they type of their names.

use crate::partnerships::{NORTH, SOUTH, World};
use serde_json::{Value, json};
use skillgate_domain::principal::Role;

const SEARCH: &str = "/api/communities/search";

impl World {
    /// Registers a community under a name.
    async fn register(&self, id: &str, name: &str) {
        let said = json!({ "name": name, "shortId": id });
        let admin = self.admin(id).await;
        admin.post("/api/communities", &said).await.with(201);
    }

    async fn register_choirs(&self, count: usize) {
        for number in 0..count {
            self.register(&format!("choir-{number:03}"), &format!("Choir {number:03}"))
                .await;
        }
    }

    async fn search(&self, community: &str, query: &str) -> Value {
        let path = format!("{SEARCH}?{query}");
        self.admin(community).await.get(&path).await.with(200)
    }
}

/// The ids of those that were found.
fn found(page: &Value) -> Vec<&str> {
    let communities = page["communities"].as_array().unwrap().iter();
    communities.map(|it| it["id"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn communities_are_found_by_their_names() {
    let world = World::with(&[NORTH, SOUTH]).await;
    world.register("nfb", "Nature Friends Berlin").await;
    let page = world.search(NORTH, "q=natur").await;
    assert_eq!(found(&page), ["nfb"]);
    let expected = json!({
        "id": "nfb", "name": "Nature Friends Berlin", "shortId": "nfb", "description": null, "memberCount": null,
        "isPartner": false, "hasPendingInvite": false,
    });
    assert_eq!(
        (&page["communities"][0], &page["next"]),
        (&expected, &Value::Null)
    );
    // One that is registered, or renamed, is found at once; one's own never is.
    world.register("nfh", "Nature Friends Hamburg").await;
    assert_eq!(
        found(&world.search(NORTH, "q=nature%20friends").await),
        ["nfb", "nfh"]
    );
    let renamed = json!({ "name": "Chess Club" });
    let admin = world.admin("nfb").await;
    admin
        .patch("/api/communities/nfb", &renamed)
        .await
        .with(200);
    assert_eq!(found(&world.search(NORTH, "q=nature").await), ["nfh"]);
    assert_eq!(found(&world.search(NORTH, "q=chses").await), ["nfb"]);
    assert_eq!(
        found(&world.search("nfh", "q=nature").await),
        Vec::<&str>::new()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn those_that_one_has_something_with_are_marked_or_left_out() {
    let (world, number) = World::with_partners().await;
    for name in ["the-east", "the-west"] {
        world.register(name, &format!("Of {name}")).await;
    }
    world.invite("the-east", NORTH).await;
    let flags = |page: &Value| {
        let communities = page["communities"].as_array().unwrap().iter();
        let mut flags: Vec<_> = communities
            .map(|it| {
                (
                    it["id"].clone(),
                    it["isPartner"] == true,
                    it["hasPendingInvite"] == true,
                )
            })
            .collect();
        flags.sort_by_key(|(id, ..)| id.to_string());
        flags
    };
    let marked = |south: bool| {
        [
            (json!(SOUTH), south, false),
            (json!("the-east"), false, true),
            (json!("the-west"), false, false),
        ]
    };
    assert_eq!(flags(&world.search(NORTH, "q=the").await), marked(true));
    let others = world.search(NORTH, "q=the&exclude_existing=true").await;
    assert_eq!(found(&others), ["the-west"]);
    world.end(NORTH, number, None).await.with(200);
    assert_eq!(flags(&world.search(NORTH, "q=the").await), marked(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_found_page_by_page() {
    let world = World::with(&[NORTH]).await;
    world.register_choirs(45).await;
    let (mut all, mut sizes, mut query) = (Vec::new(), Vec::new(), "q=choir".to_owned());
    loop {
        let page = world.search(NORTH, &query).await;
        let ids = found(&page);
        sizes.push(ids.len());
        all.extend(ids.into_iter().map(str::to_owned));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        query = format!("q=choir&after={next}");
    }
    assert_eq!(sizes, [20, 20, 5]);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 45);
    let exact = world.search(NORTH, "q=choir-007").await;
    assert_eq!(found(&exact)[0], "choir-007");
}

/// Where they stand is asked for some at a time: those who are left are found behind as many of the others as there are.
#[tokio::test(flavor = "multi_thread")]
async fn those_who_are_left_are_found_behind_many_others() {
    let world = World::with(&[NORTH]).await;
    world.register_choirs(125).await;
    for number in 0..123 {
        world.invite(NORTH, &format!("choir-{number:03}")).await;
    }
    let left = world.search(NORTH, "q=choir&exclude_existing=true").await;
    assert_eq!(found(&left), ["choir-123", "choir-124"]);
    assert_eq!(left["next"], Value::Null);
    let all = world.search(NORTH, "q=choir").await;
    assert_eq!(found(&all).len(), 20);
    assert_ne!(all["next"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_what_is_looked_at() {
    let world = World::with(&[NORTH, SOUTH]).await;
    let admin = world.admin(NORTH).await;
    for (query, code) in [
        ("", "query-invalid"),
        ("q=a", "community-invalid"),
        ("q=%20a%20", "community-invalid"),
        ("q=so&limit=1000", "query-invalid"),
        ("q=so&after=somewhere", "query-invalid"),
        ("q=so&exclude_existing=maybe", "query-invalid"),
    ] {
        let refused = admin.get(&format!("{SEARCH}?{query}")).await;
        assert_eq!(refused.body["code"], code, "{query}");
    }
    let long = admin.get(&format!("{SEARCH}?q={}", "a".repeat(101))).await;
    assert_eq!(long.with(422)["code"], "community-invalid");
    for role in [Role::Member, Role::Agent, Role::Partner, Role::Service] {
        let somebody = world.client(NORTH, role).await;
        let refused = somebody.get(&format!("{SEARCH}?q=so")).await.with(403);
        assert_eq!(refused["code"], "forbidden", "{role:?}");
    }
    assert_eq!(world.trail(NORTH, "search-communities").await.len(), 7);
    // The control, with as much as can be asked.
    assert_eq!(found(&world.search(NORTH, "q=so").await), [SOUTH]);
    let longest = format!("q={}", "a".repeat(100));
    assert_eq!(
        found(&world.search(NORTH, &longest).await),
        Vec::<&str>::new()
    );
}
