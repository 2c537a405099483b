use super::{Answer, World, community};
use serde_json::json;
use skillgate_app::ports::{Clock, RelayUser, TezRelay};
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::ids::{RecordId, TeamId, TezAddress, TezId, UserId};
use skillgate_domain::principal::Role;
use skillgate_domain::tez::{
    ContextItem, ContextSource, Layer, Provenance, TezDraft, TezKind, Urgency, Visibility,
};
use uuid::Uuid;

/// A Tez of the host's own making, with what it lets out of a deal.
pub(crate) struct Handed {
    pub(crate) tez: String,
    pub(crate) context: String,
    pub(crate) team: String,
    /// The deal in the CRM.
    pub(crate) record: String,
}

impl Handed {
    /// Has somebody hand a deal over to somebody else, as a skill does.
    pub(crate) async fn over(world: &World, (home, sender): (&str, &str), to: &str) -> Self {
        let token = world.token(home, sender, Role::Member).await;
        let team = world
            .post("/teams", &token, &json!({"name": "Deals"}))
            .await;
        let team = team.body["data"]["id"].as_str().unwrap().to_owned();
        let deal = json!({"payload": {"name": "Acme", "stage": "NEW",
            "amount": {"amountMicros": 9_000_000, "currencyCode": "EUR"}}});
        let made = world.post("/api/crm/opportunities", &token, &deal).await;
        let record = made.body["data"]["summary"]["id"].as_str().unwrap();
        let (sender, record) = (
            RelayUser {
                community: community(home),
                user: UserId::parse(sender).unwrap(),
            },
            RecordId::parse(record).unwrap(),
        );
        // Told apart by the deal, which has an id of its own.
        let id = TezId::new(Uuid::from_u128(record.uuid().as_u128() ^ (1 << 64)));
        let draft = Self::draft(TeamId::parse(&team).unwrap(), record, to, world);
        let shared = TezRelay::share(&*world.relay, &sender, id, &draft).await;
        let path = format!("/tez/{}", shared.unwrap().id);
        let shown = world.get(&path, &token).await;
        let item = &shown.body["data"]["context"][0]["id"];
        Self {
            tez: id.to_string(),
            context: item.as_str().unwrap().to_owned(),
            team,
            record: record.to_string(),
        }
    }

    fn draft(team: TeamId, record: RecordId, to: &str, world: &World) -> TezDraft {
        TezDraft {
            team,
            kind: TezKind::Handoff,
            urgency: Urgency::High,
            visibility: Visibility::Dm,
            surface_text: "Take over Acme".to_owned(),
            action_requested: None,
            recipients: vec![TezAddress::parse(to).unwrap()],
            context: vec![ContextItem {
                layer: Layer::Artifact,
                content: "CRM opportunity snapshot: title=Acme, stage=NEW".to_owned(),
                mime_type: None,
                confidence: None,
                source: ContextSource::Verified,
                derived_from: None,
                provenance: Some(Provenance {
                    object: ObjectKind::Opportunity,
                    record,
                    updated_at: None,
                    fetched_at: world.clock.now(),
                    fields: vec!["name".to_owned(), "stage".to_owned()],
                }),
            }],
        }
    }

    /// One that is nowhere.
    pub(crate) fn nowhere(id: &str) -> Self {
        Self {
            tez: id.to_owned(),
            context: id.to_owned(),
            team: id.to_owned(),
            record: id.to_owned(),
        }
    }

    pub(crate) fn path(&self) -> String {
        format!("/tez/{}", self.tez)
    }

    pub(crate) fn expansions(&self) -> String {
        format!("/tez/{}/expansions", self.tez)
    }

    pub(crate) async fn ask(&self, world: &World, token: &str, fields: &[&str]) -> Answer {
        let asked = json!({
            "contextId": self.context, "fields": fields, "reason": "To prepare the call",
        });
        world.post(&self.expansions(), token, &asked).await
    }

    pub(crate) async fn redact(&self, world: &World, token: &str) -> Answer {
        let path = format!("/tez/{}/context/{}/redact", self.tez, self.context);
        let why = json!({"reason": "The wrong customer"});
        world.post(&path, token, &why).await
    }
}
