//! What communities are told reaches whoever of them is connected, as it happens, and nobody else.

use crate::events::events_of;
use crate::partnerships::{NORTH, SOUTH, World, id};
use axum::http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_server::limits::{
    SOCKET_BUFFER_MAX, SOCKET_MESSAGE_BYTES_MAX, SOCKETS_OF_CALLER_MAX,
};
use skillgate_tests::http::Client;
use skillgate_tests::sockets::{Listener, Served};

impl World {
    async fn token(&self, community: &str, role: Role) -> SecretString {
        let user = format!("{community}-{}", role.name());
        self.host
            .token_in(&id(community), role, &user, TokenScope::FULL)
            .await
    }

    /// Has somebody listen. Returns what they were told first, too.
    async fn listener(&self, served: &Served, community: &str, role: Role) -> (Listener, Value) {
        let token = self.token(community, role).await;
        let mut listener = Listener::connect(served, &token);
        let ready = listener.ready().await;
        (listener, ready)
    }

    async fn announce(&self, community: &str) -> u64 {
        let announced = json!({ "kind": "announcements", "title": "We moved" });
        let told = self.report(community, &announced).await;
        told["number"].as_u64().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_hear_of_partnerships_and_everybody_of_what_happens() {
    let world = World::with(&[NORTH, SOUTH]).await;
    // Two hosts, in what matters here.
    let (one, other) = (Served::of(&world.host).await, Served::of(&world.host).await);
    let (mut admin, ready) = world.listener(&one, SOUTH, Role::Admin).await;
    let rooms = json!(["community:south", "community:south:admins"]);
    assert_eq!(
        ready,
        json!({ "community": SOUTH, "rooms": rooms, "last": 0 })
    );
    let (mut member, ready) = world.listener(&other, SOUTH, Role::Member).await;
    assert_eq!(ready["rooms"], json!(["community:south"]));
    let (mut source, _) = world.listener(&other, NORTH, Role::Admin).await;

    let number = world.invite(NORTH, SOUTH).await;
    let heard = admin.hears("partnershipInviteReceived").await;
    let north = json!({ "id": NORTH, "name": "The north", "shortId": NORTH, "description": null });
    let invitation = json!({
        "partnershipId": number, "sourceCommunity": north, "relationshipType": "partner",
    });
    assert_eq!(heard[0], invitation);
    assert_eq!(
        (&heard[1]["number"], &heard[1]["community"]),
        (&json!(1), &json!(SOUTH))
    );
    let sent = source.hears("partnershipStatusUpdate").await;
    assert_eq!(
        (&sent[0]["newStatus"], &sent[0]["moved"]),
        (&json!("pending"), &json!("invited"))
    );

    let yes = json!({ "action": "accept" });
    world.ask(SOUTH, (number, "respond"), &yes).await.with(200);
    for listener in [&mut admin, &mut source] {
        let heard = listener.hears("partnershipStatusUpdate").await;
        assert_eq!(heard[0]["newStatus"], "accepted");
        assert_eq!(heard[0]["partnershipId"], number);
    }
    // The member heard none of it; what a partner announces is the first thing.
    world.announce(NORTH).await;
    for (listener, is_there) in [
        (&mut admin, true),
        (&mut member, true),
        (&mut source, false),
    ] {
        let heard = listener.hears("communityNotification").await;
        assert_eq!(heard[0]["isCrossCommunityNotification"], is_there);
        assert_eq!(heard[0]["sourceCommunityName"].is_null(), !is_there);
        assert_eq!(heard[1]["number"], 3);
    }
    // Those who listen are told that the host stops, and it does.
    assert!(one.stop().await && other.stop().await);
    for listener in [&mut admin, &mut member] {
        assert_eq!(listener.next().await["on"], "disconnect");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_connects_again_looks_up_what_they_missed() {
    let (world, _) = World::with_partners().await;
    let served = Served::of(&world.host).await;
    let (listener, ready) = world.listener(&served, SOUTH, Role::Member).await;
    let last = ready["last"].as_u64().unwrap();
    drop(listener);
    for _ in 0..3 {
        world.announce(NORTH).await;
    }
    let (mut again, ready) = world.listener(&served, SOUTH, Role::Member).await;
    assert_eq!(ready["last"], last + 3);
    world.announce(NORTH).await;
    assert_eq!(
        again.hears("communityNotification").await[1]["number"],
        last + 4
    );
    let member = world.client(SOUTH, Role::Member).await;
    let path = format!("{}?after={last}", events_of(SOUTH));
    let missed = member.get(&path).await.with(200);
    let numbers: Vec<_> = missed["events"].as_array().unwrap().iter().collect();
    let numbers: Vec<_> = numbers.iter().map(|it| &it["number"]).collect();
    assert_eq!(numbers, [last + 1, last + 2, last + 3, last + 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_behind_a_wall_poll() {
    let (world, _) = World::with_partners().await;
    let served = Served::of(&world.host).await;
    let token = world.token(SOUTH, Role::Member).await;
    for transport in ["polling", "websocket"] {
        let bearer = format!("Bearer {}", token.expose_secret());
        let options = json!({
            "transports": [transport], "extraHeaders": { "authorization": bearer },
        });
        let mut listener = Listener::with(&served, &options);
        listener.ready().await;
        world.announce(NORTH).await;
        listener.hears("communityNotification").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_listens_without_a_right_to() {
    let world = World::with(&[NORTH]).await;
    let served = Served::of(&world.host).await;
    let partner = world.token(NORTH, Role::Partner).await;
    let foreign = "skg_00000000000000000000000000000000_x".repeat(200);
    for (auth, code) in [
        (json!({}), "authentication-required"),
        (json!({ "token": "" }), "token-not-valid"),
        (json!({ "token": "who knows" }), "token-not-valid"),
        (json!({ "token": foreign }), "token-not-valid"),
        (json!({ "token": ["a", "b"] }), "authentication-required"),
        (json!({ "token": partner.expose_secret() }), "forbidden"),
    ] {
        let options = json!({ "auth": auth });
        let mut listener = Listener::with(&served, &options);
        let refused = listener.next().await;
        let expected = json!({ "on": "connect_error", "message": code });
        assert_eq!(refused, expected, "{auth}");
    }
    let refused = world.trail(NORTH, "list-events").await;
    assert_eq!(refused, [(json!("refused"), json!("forbidden"))]);
    // The control; what it asks for beside is not looked at.
    let token = world.token(NORTH, Role::Member).await;
    let auth = json!({ "token": token.expose_secret(), "community": SOUTH, "rooms": ["community:south:admins"] });
    let mut listener = Listener::with(&served, &json!({ "auth": auth }));
    assert_eq!(listener.ready().await["rooms"], json!(["community:north"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_taken_back_hears_nothing_more() {
    let (world, _) = World::with_partners().await;
    let served = Served::of(&world.host).await;
    let admin = world.admin(SOUTH).await;
    let token = json!({ "user": "eve", "role": "member", "may_write": false, "life_s": 600 });
    let issued = admin.post("/api/tokens", &token).await.with(201);
    let secret = SecretString::from(issued["token"].as_str().unwrap());
    let mut eve = Listener::connect(&served, &secret);
    eve.ready().await;
    let (mut mia, _) = world.listener(&served, SOUTH, Role::Member).await;
    world.announce(NORTH).await;
    for listener in [&mut eve, &mut mia] {
        listener.hears("communityNotification").await;
    }
    let path = format!("/api/tokens/{}", issued["id"].as_str().unwrap());
    let gone = admin.send(Method::DELETE, &path, None).await;
    assert!(gone.status.is_success(), "{}", gone.body);
    world.announce(NORTH).await;
    let refused = eve.hears("refused").await;
    assert_eq!(refused[0], json!({ "code": "token-not-valid" }));
    assert_eq!(
        eve.next().await,
        json!({ "on": "disconnect", "reason": "io server disconnect" })
    );
    mia.hears("communityNotification").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_may_hear_changes_while_they_listen() {
    let (world, number) = World::with_partners().await;
    let served = Served::of(&world.host).await;
    let (mut admin, ready) = world.listener(&served, SOUTH, Role::Admin).await;
    assert_eq!(ready["rooms"].as_array().unwrap().len(), 2);
    let text = format!(
        "{}\n@id(\"not-them\") forbid (principal == User::\"south-admin\", action == \
         Action::\"list-partnerships\", resource);",
        skillgate_policy::SHIPPED
    );
    let other = Client::in_community(&world.host, &id(SOUTH), Role::Admin, "other").await;
    let policies = json!({ "text": text, "expected_version": 0 });
    other.put("/api/policies", &policies).await.with(200);
    let stop = json!({ "status": "suspended" });
    world.update(NORTH, number, &stop).await.with(200);
    assert_eq!(
        admin.hears("ready").await[0]["rooms"],
        json!(["community:south"])
    );
    // What happens to partnerships is not theirs to hear any more; what happens in the community is.
    world.announce(SOUTH).await;
    let heard = admin.hears("communityNotification").await;
    assert_eq!(heard[0]["isCrossCommunityNotification"], false);
    let policies = json!({ "text": skillgate_policy::SHIPPED, "expected_version": 1 });
    other.put("/api/policies", &policies).await.with(200);
    let go_on = json!({ "status": "accepted" });
    world.update(NORTH, number, &go_on).await.with(200);
    assert_eq!(
        admin.hears("ready").await[0]["rooms"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    admin.hears("partnershipStatusUpdate").await;
}

/// Somebody who speaks the protocol by hand, over requests.
struct Poller {
    door: Client,
    path: String,
}

impl Poller {
    async fn begin(door: &Client) -> Self {
        let open = "/socket.io/?EIO=4&transport=polling";
        let answer = door.get_bytes(open).await;
        let open: Value = serde_json::from_slice(&answer[1..]).unwrap();
        let path = format!(
            "/socket.io/?EIO=4&transport=polling&sid={}",
            open["sid"].as_str().unwrap()
        );
        Self {
            door: door.clone(),
            path,
        }
    }

    async fn say(&self, packet: &str) {
        let bytes = packet.as_bytes().to_vec();
        let said = self
            .door
            .send_bytes(Method::POST, &self.path, bytes, &[])
            .await;
        assert_eq!(said.status, 200, "{}", said.body);
    }

    /// Returns the packets that wait, once there are some. Says that it is there when it is asked.
    async fn poll(&self) -> Vec<String> {
        loop {
            let bytes = self.door.get_bytes(&self.path).await;
            let text = String::from_utf8(bytes).unwrap();
            let (pings, packets): (Vec<&str>, Vec<&str>) =
                text.split('\u{1e}').partition(|packet| *packet == "2");
            if !pings.is_empty() {
                self.say("3").await;
            }
            if !packets.is_empty() {
                return packets.into_iter().map(str::to_owned).collect();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_has_little_to_say() {
    let world = World::with(&[NORTH]).await;
    let door = world.client(NORTH, Role::Member).await;
    for (bytes, is_read) in [
        (SOCKET_MESSAGE_BYTES_MAX, true),
        (SOCKET_MESSAGE_BYTES_MAX + 1, false),
    ] {
        let poller = Poller::begin(&door).await;
        let auth = |padding: &str| format!("40{{\"more\":\"{padding}\"}}");
        let padding = "x".repeat(bytes - auth("").len());
        let packet = auth(&padding).into_bytes();
        let said = door
            .send_bytes(Method::POST, &poller.path, packet, &[])
            .await;
        assert_eq!(said.status.is_success(), is_read, "{}", said.status);
        if is_read {
            assert!(poller.poll().await[0].starts_with("40"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_read_is_cut_off() {
    let (world, _) = World::with_partners().await;
    let door = world.client(SOUTH, Role::Service).await;
    let (lazy, keen) = (Poller::begin(&door).await, Poller::begin(&door).await);
    for poller in [&lazy, &keen] {
        poller.say("40{}").await;
    }
    let mut heard = Vec::new();
    let mut of_keen = async || {
        heard.extend(keen.poll().await);
        heard
            .iter()
            .filter(|it| it.contains("communityNotification"))
            .count()
    };
    let platform = world.client(SOUTH, Role::Service).await;
    let announced = json!({ "kind": "announcements", "title": "We moved" });
    let all = SOCKET_BUFFER_MAX + 45;
    for number in 1..=all {
        let told = platform.post(&events_of(SOUTH), &announced).await;
        assert_eq!(told.status, 201);
        // When somebody hears of the last, everybody was told of those before.
        if number % 100 == 0 || number == all {
            while of_keen().await < number {}
        }
    }
    // What it has is without a gap, and then it is over.
    let mut packets = Vec::new();
    while packets.last().is_none_or(|last: &String| last != "41") {
        packets.extend(lazy.poll().await);
    }
    let told = packets
        .iter()
        .filter(|it| it.contains("communityNotification"));
    let told: Vec<_> = told.collect();
    assert!(told.len() < all, "{}", told.len());
    for (number, packet) in (3..).zip(told) {
        assert!(
            packet.contains(&format!("\"number\":{number},")),
            "{number}: {packet}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_has_so_many_sockets() {
    let world = World::with(&[NORTH]).await;
    let door = world.client(NORTH, Role::Member).await;
    let mut pollers = Vec::new();
    for number in 0..=SOCKETS_OF_CALLER_MAX {
        let poller = Poller::begin(&door).await;
        poller.say("40{}").await;
        let first = poller.poll().await.remove(0);
        let is_in = first.starts_with("40");
        assert_eq!(is_in, number < SOCKETS_OF_CALLER_MAX, "{number}: {first}");
        assert!(is_in || first.contains("host-busy"), "{first}");
        pollers.push(poller);
    }
    // Another one has room, and so has the same one when a socket is closed.
    let other = world.client(NORTH, Role::Agent).await;
    let poller = Poller::begin(&other).await;
    poller.say("40{}").await;
    assert!(poller.poll().await[0].starts_with("40"));
    pollers[0].say("41").await;
    loop {
        let poller = Poller::begin(&door).await;
        poller.say("40{}").await;
        if poller.poll().await[0].starts_with("40") {
            break;
        }
    }
}
