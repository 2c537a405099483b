//! Sixteen admins of four communities do whatever comes to their mind with six partnerships at once, through two hosts on
//! one database. What they are answered, and what is kept, is as if they had done it one after the other.
//!
//! They act in rounds. What they do within one is at the same time; the history says in which order it counted. So each
//! answer is held against what the model says where it stands: a yes is a move of the history, and a no, or what somebody
//! saw, is true at one of the moments of its round.

#[path = "partnership_model/model.rs"]
mod model;

use crate::partnerships::{World, id, partnerships_of};
use axum::http::Method;
use futures::future::join_all;
use model::{Side, Standing, Wish};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use secrecy::SecretString;
use serde_json::{Value, json};
use skillgate_app::ports::{AuditFilter, AuditStore, Clock, Outbox};
use skillgate_app::tokens::{Issuer, NewToken, TOKEN_LIFE_MAX};
use skillgate_domain::ids::UserId;
use skillgate_domain::principal::{Role, TokenScope};
use skillgate_storage::testing::Place;
use skillgate_tests::host::{Setup, TestHost, embedded_crm, origin};
use skillgate_tests::http::{Answer, Client};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const COMMUNITIES: [&str; 4] = ["north", "south", "east", "west"];
const ADMINS: usize = 4;
const ROUNDS: usize = 125;
/// Every so often a month passes, so that invitations lapse.
const MONTH_EVERY: usize = 20;
const MONTH: Duration = Duration::from_hours(31 * 24);
const LAPSES_AFTER_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
/// Who meets whom in a round.
const MEETINGS: [[(usize, usize); 2]; 3] = [[(0, 1), (2, 3)], [(0, 2), (1, 3)], [(0, 3), (1, 2)]];

struct Admin {
    community: usize,
    user: String,
    door: Client,
}

/// The newest partnership of two communities.
#[derive(Debug, Clone, Copy)]
struct Known {
    number: i64,
    source: usize,
    begun_ms: i64,
    version: u64,
    standing: Standing,
}

impl Known {
    fn side(&self, community: usize) -> Side {
        if community == self.source {
            Side::Source
        } else {
            Side::Target
        }
    }

    /// Where it stands at a moment, whether or not somebody has seen to it.
    fn standing_at(&self, now_ms: i64) -> Standing {
        if self.standing.is_pending() && now_ms >= self.begun_ms + LAPSES_AFTER_MS {
            Standing::Over("expired")
        } else {
            self.standing
        }
    }
}

/// What somebody asked for, and what came of it.
struct Asked<'a> {
    admin: &'a Admin,
    wish: Wish,
    answer: Answer,
    /// Its moves that the history has.
    made: usize,
}

/// A move that was made: of which partnership, its version, its name, and the two communities.
type Made = (i64, u64, String, [usize; 2]);

struct Story {
    world: World,
    other: TestHost,
    admins: Vec<Admin>,
    known: BTreeMap<(usize, usize), Known>,
    made: Vec<Made>,
    random: TestRng,
}

impl Story {
    async fn begin(place: &Place) -> Self {
        let host = async || {
            let setup = Setup {
                database: Some(place.address().to_owned()),
                ..Setup::default()
            };
            TestHost::start_with(embedded_crm().await, setup).await
        };
        let world = World::over(host().await, &COMMUNITIES).await;
        let other = host().await;
        let mut admins = Vec::new();
        for (community, name) in COMMUNITIES.iter().enumerate() {
            for number in 0..ADMINS {
                let user = format!("{name}-{number}");
                let token = token(&world.host, name, &user).await;
                // Half of each community at each host.
                let at = [&world.host, &other][number % 2];
                let door = Client::with_token(at, token);
                let said = json!({ "role": "admin", "email": format!("{user}@example.org") });
                let path = format!("/api/communities/{name}/members/{user}");
                let lists = world.admin(name).await;
                lists.put(&path, &said).await.with(200);
                admins.push(Admin {
                    community,
                    user,
                    door,
                });
            }
        }
        Self {
            world,
            other,
            admins,
            known: BTreeMap::new(),
            made: Vec::new(),
            random: TestRng::deterministic_rng(RngAlgorithm::ChaCha),
        }
    }

    fn now_ms(&self) -> i64 {
        self.world.host.clock.now().unix_ms()
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.random.next_u32() as usize % all.len()]
    }

    /// Chooses what somebody wants: mostly something that can be had, and seldom the end of everything.
    fn wish(&mut self, community: usize, known: Option<Known>) -> Wish {
        let Some(known) = known else {
            return Wish::Invite;
        };
        let (standing, side) = (known.standing_at(self.now_ms()), known.side(community));
        let can_be_had = |wish: &Wish| match wish {
            Wish::Invite => standing.is_over(),
            Wish::Look => true,
            wish => standing.moves(side, *wish).is_some(),
        };
        let sensible: Vec<_> = Wish::ALL.into_iter().filter(can_be_had).collect();
        if self.random.next_u32().is_multiple_of(4) {
            return self.one_of(&Wish::ALL);
        }
        match self.one_of(&sensible) {
            Wish::End | Wish::Cancel | Wish::Reject => self.one_of(&sensible),
            wish => wish,
        }
    }

    /// Lets everybody do something at once, and looks at what came of it.
    async fn round(&mut self, meetings: [(usize, usize); 2]) {
        let mut wishes = Vec::new();
        for number in 0..self.admins.len() {
            let own = self.admins[number].community;
            let meeting = meetings.iter().find(|it| it.0 == own || it.1 == own);
            let meeting = *meeting.expect("everybody meets somebody");
            let known = self.known.get(&meeting).copied();
            let wish = self.wish(own, known);
            wishes.push((number, meeting, wish, self.random.next_u32()));
        }
        let asked = wishes.iter().map(async |&(number, meeting, wish, chance)| {
            let admin = &self.admins[number];
            let known = self.known.get(&meeting).copied();
            let partner = meeting.0 + meeting.1 - admin.community;
            let answer = admin.asks((wish, chance), partner, known).await;
            let made = 0;
            let asked = Asked {
                admin,
                wish,
                answer,
                made,
            };
            (meeting, asked)
        });
        let mut asked = join_all(asked).await;
        let now_ms = self.now_ms();
        let mut seen = Vec::new();
        for meeting in meetings {
            let known = self.known.get(&meeting).copied();
            let here: Vec<_> = asked.extract_if(.., |it| it.0 == meeting).collect();
            let here = here.into_iter().map(|(_, asked)| asked).collect();
            let mut look = Look::new(meeting, known, here, now_ms);
            look.at_history().await;
            look.at_answers();
            seen.push((meeting, look.standings.last().copied().flatten(), look.made));
        }
        for (meeting, known, made) in seen {
            self.known.extend(known.map(|known| (meeting, known)));
            self.made.extend(made);
        }
    }

    /// What was recorded, told and mailed is what was made: each once.
    async fn ends(self) {
        let mut made: Vec<_> = self.made.iter().map(|it| (it.0, it.1)).collect();
        made.sort_unstable();
        let kinds: BTreeSet<_> = self.made.iter().map(|it| it.2.as_str()).collect();
        assert!(kinds.len() >= 9, "{kinds:?}");
        let mut recorded = Vec::new();
        for (number, name) in COMMUNITIES.iter().enumerate() {
            recorded.extend(self.recorded(name).await);
            let told = self.told(number).await;
            let of = self.made.iter().filter(|it| it.3.contains(&number));
            let mut of: Vec<_> = of.map(|it| (it.0, it.1)).collect();
            of.sort_unstable();
            assert_eq!(told, of, "{name}");
        }
        recorded.sort_unstable();
        assert_eq!(recorded, made);
        self.mailed().await;
        // Whoever still has a door keeps its host from stopping.
        drop(self.admins);
        self.other.stop().await;
        self.world.host.stop().await;
    }

    /// The moves that a community's trail has, as partnership and version.
    async fn recorded(&self, name: &str) -> Vec<(i64, u64)> {
        let mut filter = AuditFilter {
            outcome: Some("done".to_owned()),
            ..AuditFilter::default()
        };
        let mut recorded = Vec::new();
        loop {
            let storage = &self.other.storage;
            let page = storage.audit_page(&id(name), &filter, 200).await.unwrap();
            let Some(last) = page.last() else {
                return recorded;
            };
            filter.before = Some(last.number);
            for row in &page {
                let leaf: Value = serde_json::from_str(&row.leaf).unwrap();
                if let Some(version) = leaf["partnership"]["version"].as_u64() {
                    let number = leaf["target"]["number"].as_i64();
                    recorded.push((number.unwrap(), version));
                }
            }
        }
    }

    /// The moves that a community was told of, in order; its events are numbered without a gap.
    async fn told(&self, community: usize) -> Vec<(i64, u64)> {
        let door = &self.admins[community * ADMINS].door;
        let (mut told, mut read) = (Vec::new(), 0);
        loop {
            let path = format!(
                "/api/communities/{}/events?after={read}",
                COMMUNITIES[community]
            );
            let page = door.get(&path).await.with(200);
            for event in page["events"].as_array().unwrap() {
                read += 1;
                assert_eq!(event["number"], read);
                let data = &event["data"];
                let number = data["partnershipId"].as_i64().unwrap();
                // An invitation is the first of its moves.
                told.push((number, data["version"].as_u64().unwrap_or(1)));
            }
            if page["more"] == false {
                told.sort_unstable();
                return told;
            }
        }
    }

    /// Each admin of both sides has one mail of each move that is mailed.
    async fn mailed(&self) {
        let (now, mut mailed) = (self.world.host.clock.now(), Vec::new());
        loop {
            let mails = self.other.storage.take_mails(now, now.plus(MONTH), 200);
            let mails = mails.await.unwrap();
            if mails.is_empty() {
                break;
            }
            mailed.extend(mails.iter().map(|it| {
                let user = it.to.user.to_string();
                (
                    it.news.partnership.number(),
                    u64::from(it.news.version),
                    user,
                )
            }));
        }
        let mut due = Vec::new();
        for (number, version, moved, both) in &self.made {
            let of_both = self.admins.iter().filter(|it| both.contains(&it.community));
            let of_both = of_both.filter(|_| moved != "permissions-set");
            due.extend(of_both.map(|it| (*number, *version, it.user.clone())));
        }
        mailed.sort_unstable();
        due.sort_unstable();
        assert_eq!(mailed.len(), due.len());
        assert_eq!(mailed, due);
    }
}

impl Admin {
    async fn asks(
        &self,
        (wish, chance): (Wish, u32),
        partner: usize,
        known: Option<Known>,
    ) -> Answer {
        let base = partnerships_of(COMMUNITIES[self.community]);
        let number = known.map_or(0, |known| known.number);
        let it = format!("{base}/{number}");
        let [respond, cancel] = ["respond", "cancel"].map(|verb| format!("{it}/{verb}"));
        let door = &self.door;
        let set = permissions(chance);
        match wish {
            Wish::Invite => {
                let target = COMMUNITIES[partner];
                let offer = json!({ "targetCommunityId": target, "relationshipType": "partner" });
                door.post(&format!("{base}/invites"), &offer).await
            }
            Wish::Accept => door.post(&respond, &json!({ "action": "accept" })).await,
            Wish::Counter => {
                let other = json!({ "fromUs": set, "toUs": set });
                let other = json!({ "action": "accept", "modifiedPermissions": other });
                door.post(&respond, &other).await
            }
            Wish::Reject => door.post(&respond, &json!({ "action": "reject" })).await,
            Wish::Cancel => door.post(&cancel, &json!({})).await,
            Wish::Suspend => door.put(&it, &json!({ "status": "suspended" })).await,
            Wish::Reactivate => door.put(&it, &json!({ "status": "accepted" })).await,
            Wish::SetPermissions => door.put(&it, &json!({ "permissions": set })).await,
            Wish::SuspendAndSet => {
                let both = json!({ "status": "suspended", "permissions": set });
                door.put(&it, &both).await
            }
            Wish::End => door.send(Method::DELETE, &it, None).await,
            Wish::Look => door.get(&it).await,
        }
    }
}

/// Makes a token that lasts as long as one can: months pass.
async fn token(host: &TestHost, community: &str, user: &str) -> SecretString {
    let new = NewToken {
        label: "story".to_owned(),
        community: id(community),
        user: UserId::parse(user).unwrap(),
        agent: None,
        role: Role::Admin,
        scope: TokenScope::FULL,
        life: TOKEN_LIFE_MAX,
    };
    let operator = origin();
    let issued = host.app.tokens.issue(Issuer::Operator(&operator), new);
    issued.await.unwrap().1
}

/// Permissions that are like no others.
fn permissions(chance: u32) -> Value {
    json!({
        "notifications": {
            "posts": true, "votes": true, "comments": true, "boards": true, "announcements": true
        },
        "rateLimit": { "maxPerHour": 6, "maxPerDay": 30 },
        "filters": { "minVoteThreshold": chance, "boardWhitelist": [] },
    })
}

/// What came of what was asked of one partnership in one round.
struct Look<'a> {
    meeting: (usize, usize),
    asked: Vec<Asked<'a>>,
    now_ms: i64,
    /// Where the two stood at the beginning, and after each move.
    standings: Vec<Option<Known>>,
    made: Vec<Made>,
}

impl<'a> Look<'a> {
    fn new(
        meeting: (usize, usize),
        known: Option<Known>,
        asked: Vec<Asked<'a>>,
        now_ms: i64,
    ) -> Self {
        Self {
            meeting,
            asked,
            now_ms,
            standings: vec![known],
            made: Vec::new(),
        }
    }

    /// Every move that the history has since was asked for by whoever made it, and follows from the one before.
    async fn at_history(&mut self) {
        let known = self.standings[0].map(|known| known.number);
        let begun = self.asked.iter().filter(|it| it.answer.status == 201);
        let begun = begun.map(|it| it.answer.body["partnershipId"].as_i64().unwrap());
        let numbers: BTreeSet<i64> = known.into_iter().chain(begun).collect();
        let (door, own) = {
            let admin = self.asked[0].admin;
            (admin.door.clone(), COMMUNITIES[admin.community])
        };
        for number in numbers {
            let path = format!("{}/{number}/history", partnerships_of(own));
            let history = door.get(&path).await.with(200);
            for entry in history["history"].as_array().unwrap() {
                let version = entry["version"].as_u64().unwrap();
                let last = self.standings.last().copied().flatten();
                let is_new = last.is_none_or(|last| last.number < number || last.version < version);
                if is_new {
                    let next = self.moved(number, entry);
                    let both = [self.meeting.0, self.meeting.1];
                    let name = entry["moved"].as_str().unwrap().to_owned();
                    self.made.push((number, version, name, both));
                    self.standings.push(Some(next));
                }
            }
        }
    }

    fn moved(&mut self, number: i64, entry: &Value) -> Known {
        let last = self.standings.last().copied().flatten();
        let (name, version) = (entry["moved"].as_str().unwrap(), entry["version"].as_u64());
        let version = version.unwrap();
        if name == "expired" {
            let last = last.expect("what expires was there");
            assert!(last.standing.is_pending(), "{entry}");
            let standing = last.standing_at(self.now_ms);
            assert_eq!(
                (standing, version),
                (Standing::Over("expired"), last.version + 1)
            );
            assert!(entry["byUserId"].is_null());
            return Known {
                version,
                standing,
                ..last
            };
        }
        let is_theirs = |it: &&mut Asked<'_>| entry["byUserId"] == it.admin.user;
        let asked = self.asked.iter_mut().find(is_theirs);
        let asked = asked.unwrap_or_else(|| panic!("nobody asked for {entry}"));
        let step = asked.made;
        asked.made += 1;
        if name == "invited" {
            let present = last.map(|last| last.standing);
            assert!(
                present.is_none_or(Standing::is_over),
                "{present:?} and {entry}"
            );
            assert_eq!((asked.wish, version, step), (Wish::Invite, 1, 0), "{entry}");
            return Known {
                number,
                source: asked.admin.community,
                begun_ms: self.now_ms,
                version,
                standing: Standing::Invited,
            };
        }
        // Several moves of one wish follow each other, and nobody's come between.
        let before = self.standings[self.standings.len() - 1 - step];
        let before = before.expect("what is moved was there");
        let side = before.side(asked.admin.community);
        let moves = before.standing_at(self.now_ms).moves(side, asked.wish);
        let moves = moves.unwrap_or_else(|| panic!("{before:?}, {side:?}: {entry}"));
        let (expected, standing) = moves[step];
        assert_eq!(
            (name, version),
            (expected, last.unwrap().version + 1),
            "{entry}"
        );
        Known {
            version,
            standing,
            ..before
        }
    }

    /// Who was told yes has made all of their moves; who was told no has made none, and it was so at some moment.
    fn at_answers(&self) {
        for it in &self.asked {
            let (status, body) = (it.answer.status.as_u16(), &it.answer.body);
            let said = format!("{:?} of {}: {status} {body}", it.wish, it.admin.user);
            let all = match it.wish {
                Wish::SuspendAndSet => 2,
                Wish::Look => 0,
                _ => 1,
            };
            let is_so = |known: &Option<Known>| self.explains(*known, it);
            match status {
                200 | 201 => assert_eq!(it.made, all, "{said}"),
                _ => assert_eq!(it.made, 0, "{said}"),
            }
            if it.made == 0 {
                let so = self.standings.iter().any(is_so);
                assert!(so, "{said}, while it stood {:?}", self.standings);
            }
        }
    }

    /// Tells whether somebody who made nothing of it can have been answered so.
    fn explains(&self, known: Option<Known>, it: &Asked<'_>) -> bool {
        let Some(known) = known else { return false };
        let standing = known.standing_at(self.now_ms);
        let body = &it.answer.body;
        match (it.wish, it.answer.status.as_u16()) {
            (Wish::Look, 200) => body["status"] == standing.status() && body["id"] == known.number,
            (Wish::Invite, 409) => {
                !standing.is_over()
                    && body["code"] == "partnership-present"
                    && body["partnershipId"] == known.number
            }
            (wish, 409) => {
                let side = known.side(it.admin.community);
                standing.moves(side, wish).is_none()
                    && body["code"] == "partnership-not-moved"
                    && body["partnershipStatus"] == standing.status()
            }
            _ => false,
        }
    }
}

async fn told(place: &Place) {
    let mut story = Story::begin(place).await;
    for round in 0..ROUNDS {
        story.round(MEETINGS[round % MEETINGS.len()]).await;
        let passes = match (round + 1) % MONTH_EVERY {
            0 => MONTH,
            _ => Duration::from_hours(1),
        };
        story.world.host.clock.advance(passes);
        story.other.clock.advance(passes);
    }
    story.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_as_one_after_the_other_on_sqlite() {
    Place::sqlite().run(told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_as_one_after_the_other_on_postgres() {
    Place::postgres().await.run(told).await;
}
