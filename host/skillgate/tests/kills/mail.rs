//! Killed between an invitation and its mail: the mail goes out, once, and so does what admins are told.

use crate::post::Post;
use crate::program::{Program, Served};
use serde_json::{Value, json};
use tokio::net::TcpListener;

fn admin_of(program: &Program, community: &str) -> String {
    let create = ["token", "create", "--may-write", "--role", "admin"];
    let whose = ["--community", community, "--user", "ada"];
    let made = program.run(None, &[create.as_slice(), &whose].concat());
    made["token"].as_str().unwrap().to_owned()
}

fn done(answer: Option<(u16, Value)>) -> Value {
    let (status, body) = answer.unwrap();
    assert!((200..300).contains(&status), "{status}: {body}");
    body
}

fn events(served: &Served, token: &str) -> Vec<Value> {
    let path = "/api/communities/south/events";
    let list = done(served.send("GET", token, path, &json!({})));
    list["events"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_to_be_told_is_told_once_whichever_host_dies() {
    // A server of mail that takes a connection and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    // A host that dies has a mail for a second, and some leeway, before another takes it.
    let mail = format!(
        "[mail]\nurl = \"smtp://localhost:{port}\"\nfrom = \"partners@example.org\"\ntimeout_ms = 1000\n"
    );
    let program = Program::new(&mail, Vec::new());
    let [north, south] = ["north", "south"].map(|community| admin_of(&program, community));
    let first = program.serve();
    for (community, token) in [("north", &north), ("south", &south)] {
        let said = json!({ "name": community, "shortId": community });
        done(first.post(token, "/api/communities", &said));
    }
    let listed = json!({ "role": "admin", "email": "ada@south.example" });
    let path = "/api/communities/south/members/ada";
    done(first.send("PUT", &south, path, &listed));
    let offer = json!({ "targetCommunityId": "south", "relationshipType": "partner" });
    let path = "/api/communities/north/partnerships/invites";
    done(first.post(&north, path, &offer));
    // It is about to send, and dies.
    let (connection, _) = silent.accept().await.unwrap();
    first.die();
    drop((connection, silent));

    let mut server = Post::with(&json!({ "port": port })).await;
    let second = program.serve();
    let came = server.comes().await;
    assert_eq!(came["to"], json!(["ada@south.example"]));
    assert_eq!(came["headers"]["subject"], "Partnership invitation - north");
    let told = events(&second, &south);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["event"], "partnershipInviteReceived");
    assert!(server.is_quiet().await);
    // Another start sends nothing more.
    second.die();
    let third = program.serve();
    assert_eq!(events(&third, &south), told);
    assert!(server.is_quiet().await);
    third.die();
}
