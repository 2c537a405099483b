//! Communities become partners, tell each other as much as each lets the other know, and run each other's modules.

use crate::host::Host;
use crate::partner_module;
use crate::rights::Cast;
use crate::story::{line, step};
use anyhow::{Context, ensure};
use serde_json::{Value, json};

const HERE: &str = "riverside";
const THERE: &str = "hillside";

/// Tells this part of the story.
pub(crate) async fn tell(host: &Host, cast: &Cast<'_>) -> anyhow::Result<()> {
    step(
        "Two communities register; an admin of one finds the other by a name with a slip, and invites it.",
    );
    let there = admin_of_the_other(host)?;
    let both = Both {
        host,
        here: cast.admin,
        there: &there,
    };
    let number = both.invited().await?;
    step("The other one wants comments, too, and the first one agrees: a counter-offer.");
    both.agreed(number).await?;
    step("The platform tells what happens there. What the partner may know goes on to it.");
    both.told().await?;
    step("The partner offers a module of its own. An admin takes it over and grants it.");
    partner_module::taken_over(host, cast, &there)?;
    let (status, _) = partner_module::called(host, cast, "granted").await?;
    ensure!(status == 200, "the partner's module does not run");
    step(
        "The partner suspends: no news goes on, and its module has no right any more, until it lifts that.",
    );
    both.suspended(number, cast).await
}

/// Makes a token of an admin of the other community.
fn admin_of_the_other(host: &Host) -> anyhow::Result<String> {
    let of = ["token", "create", "--community", THERE, "--label", "demo"];
    let made = host.command(
        None,
        &[&of[..], &["--role", "admin", "--user", "hilda"]].concat(),
    )?;
    let token = made["token"].as_str().context("the answer has a token")?;
    Ok(token.to_owned())
}

/// Two communities with an admin each.
struct Both<'a> {
    host: &'a Host,
    here: &'a str,
    there: &'a str,
}

impl Both<'_> {
    /// Posts, and has it done.
    async fn post(&self, token: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let (status, answer) = self.host.post(path, token, body).await?;
        ensure!(status < 300, "{path}: {answer}");
        Ok(answer)
    }

    async fn invited(&self) -> anyhow::Result<i64> {
        for (token, id, name) in [
            (self.here, HERE, "Riverside Makers"),
            (self.there, THERE, "Hillside Growers"),
        ] {
            let said = json!({ "name": name, "shortId": id });
            self.post(token, "/api/communities", &said).await?;
        }
        let search = "/api/communities/search?q=hilside";
        let (_, found) = self.host.get(search, self.here).await?;
        let found = &found["communities"][0];
        line("search for \"hilside\"", found);
        let offer = json!({
            "targetCommunityId": found["id"], "relationshipType": "partner",
            "inviteMessage": "Shall we share our news?",
        });
        let path = format!("/api/communities/{HERE}/partnerships/invites");
        let invited = self.post(self.here, &path, &offer).await?;
        line("invite", &invited);
        let number = invited["partnershipId"].as_i64();
        number.context("an invitation has a number")
    }

    async fn agreed(&self, number: i64) -> anyhow::Result<()> {
        let respond = |of: &str| format!("/api/communities/{of}/partnerships/{number}/respond");
        let rates = json!({ "maxPerHour": 2, "maxPerDay": 20 });
        let permissions = |comments: bool| {
            json!({
                "notifications": {
                    "posts": true, "votes": false, "comments": comments, "boards": true,
                    "announcements": true,
                },
                "rateLimit": rates,
                "filters": { "minVoteThreshold": 3, "boardWhitelist": [] },
            })
        };
        let other = json!({ "fromUs": permissions(false), "toUs": permissions(true) });
        let counter = json!({ "action": "accept", "modifiedPermissions": other });
        let offered = self.post(self.there, &respond(THERE), &counter).await?;
        let seen = |answer: &Value| {
            json!({
                "status": answer["partnership"]["status"],
                "requiresCounterApproval": answer["requiresCounterApproval"],
            })
        };
        line("accept, with comments", &seen(&offered));
        let yes = json!({ "action": "accept" });
        let agreed = self.post(self.here, &respond(HERE), &yes).await?;
        line("accept", &seen(&agreed));
        ensure!(
            offered["requiresCounterApproval"] == true
                && agreed["partnership"]["status"] == "accepted",
            "they did not become partners: {agreed}"
        );
        Ok(())
    }

    /// Reports something, and returns why the partner was not told.
    async fn report(&self, event: &Value) -> anyhow::Result<Value> {
        let path = format!("/api/communities/{HERE}/events");
        let told = self.post(self.here, &path, event).await?;
        let partner = &told["partners"][0];
        let seen = json!({ "relayed": partner["relayed"], "reason": partner["reason"] });
        line(&format!("report {event}"), &seen);
        Ok(partner["reason"].clone())
    }

    async fn told(&self) -> anyhow::Result<()> {
        let post = |votes: u32| json!({ "kind": "posts", "title": "A kiln", "votes": votes });
        let (told, few) = (self.report(&post(5)).await?, self.report(&post(1)).await?);
        let comment = json!({ "kind": "comments", "title": "Well fired", "votes": 5 });
        let also = self.report(&comment).await?;
        let often = self.report(&post(6)).await?;
        ensure!(told.is_null() && also.is_null(), "the partner was not told");
        ensure!(
            few == "too-few-votes" && often == "hourly-limit-reached",
            "the partner was told more than it may know"
        );
        let (_, heard) = self
            .host
            .get(
                &format!("/api/communities/{THERE}/events?after=3"),
                self.there,
            )
            .await?;
        let heard = heard["events"].as_array().context("a list")?;
        for event in heard {
            let name = event["event"].as_str().unwrap_or_default();
            line(&format!("{THERE} heard: {name}"), &event["data"]);
        }
        ensure!(
            heard.len() == 2,
            "the partner heard something else: {heard:?}"
        );
        Ok(())
    }

    /// Has the other side put the partnership somewhere else.
    async fn put(&self, number: i64, status: &str) -> anyhow::Result<()> {
        let path = format!("/api/communities/{THERE}/partnerships/{number}");
        let wanted = json!({ "status": status });
        let (_, moved) = self.host.put(&path, self.there, &wanted).await?;
        let now = &moved["partnership"]["status"];
        line(&format!("put {wanted}"), &json!({ "now": now }));
        ensure!(now == status, "the partnership was not moved: {moved}");
        Ok(())
    }

    async fn suspended(&self, number: i64, cast: &Cast<'_>) -> anyhow::Result<()> {
        self.put(number, "suspended").await?;
        let post = json!({ "kind": "posts", "title": "A kiln", "votes": 9 });
        let reason = self.report(&post).await?;
        ensure!(
            reason == "partnership-suspended",
            "a suspended partner was told"
        );
        let (_, code) = partner_module::called(self.host, cast, "suspended").await?;
        ensure!(
            code == "partnership-inactive",
            "a suspended partner's module ran"
        );
        self.put(number, "accepted").await?;
        let (status, _) = partner_module::called(self.host, cast, "going on").await?;
        ensure!(status == 200, "the partner's module did not come back");
        Ok(())
    }
}
