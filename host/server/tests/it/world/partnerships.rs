//! Communities and their partnerships.

use super::{FakeStorage, World};
use serde_json::json;
use skillgate_app::access::Access;
use skillgate_app::audit::Trail;
use skillgate_app::communities::Communities;
use skillgate_app::events::Events;
use skillgate_app::members::Members;
use skillgate_app::partnerships::Partnerships;
use skillgate_app::ports::{Entropy, MemberStore};
use skillgate_domain::ids::{CommunityId, UserId};
use skillgate_domain::principal::Role;
use std::sync::Arc;

pub(super) fn wired(
    storage: &Arc<FakeStorage>,
    access: &Arc<Access>,
    trail: &Trail,
) -> (Communities, Partnerships, Events) {
    let store = &storage.partnerships;
    let communities = Communities::new(access.clone(), store.clone(), store.clone(), trail.clone());
    let (access, known) = (access.clone(), store.clone());
    let partnerships = Partnerships::new(
        access.clone(),
        (store.clone(), store.clone()),
        known,
        trail.clone(),
    );
    let events = Events::new(access, store.clone(), store.clone(), trail.clone());
    (communities, partnerships, events)
}

pub(super) fn members(
    storage: &Arc<FakeStorage>,
    access: &Arc<Access>,
    entropy: &Arc<impl Entropy + 'static>,
    trail: &Trail,
) -> Members {
    let (store, entropy) = (storage.members.clone(), entropy.clone());
    Members::new(access.clone(), store, entropy, trail.clone())
}

impl World {
    /// Returns what stands in the links of somebody's mail, in `home`.
    pub(crate) async fn mail_key(&self, user: &str) -> String {
        let home = CommunityId::parse("home").unwrap();
        let user = UserId::parse(user).unwrap();
        let member = self.storage.members.member(&home, &user).await;
        hex::encode(member.unwrap().unwrap().mail_key.bytes())
    }

    /// Has `north` offer a module to its partners; returns the module's id.
    pub(crate) async fn offered(&self, manifest: &str) -> String {
        let author = self.token("north", "pat", Role::Partner).await;
        let module = self.submit(&author, manifest, b"of the north").await;
        let id = module.body["id"].as_str().unwrap();
        let admin = self.token("north", "ada", Role::Admin).await;
        let path = format!("/api/modules/{id}/offer");
        let offered = self.put(&path, &admin, &json!({})).await;
        assert_eq!(offered.status, 200, "{}", offered.body);
        id.to_owned()
    }

    /// Has `home` invited, and invite somebody; returns both numbers. `home` can be registered anew.
    pub(crate) async fn invitations(&self) -> (i64, i64) {
        for name in ["home", "north", "south", "east"] {
            let admin = self.token(name, "ada", Role::Admin).await;
            let said = json!({ "name": name, "shortId": name });
            let registered = self.post("/api/communities", &admin, &said).await;
            assert_eq!(registered.status, 201, "{}", registered.body);
        }
        let invite = async |source: &str, target: &str| {
            let admin = self.token(source, "ada", Role::Admin).await;
            let path = format!("/api/communities/{source}/partnerships/invites");
            let offer = json!({ "targetCommunityId": target, "relationshipType": "ecosystem" });
            let invited = self.post(&path, &admin, &offer).await;
            invited.body["partnershipId"].as_i64().unwrap()
        };
        let both = (invite("north", "home").await, invite("home", "east").await);
        let home = CommunityId::parse("home").unwrap();
        self.storage.partnerships.forget(&home);
        both
    }
}
