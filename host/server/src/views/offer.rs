use super::module::{Requests, requests};
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use skillgate_app::modules::{Offer, OfferCursor, OfferPage};
use utoipa::{IntoParams, ToSchema};

/// Where a list of offers begins.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OffersQuery {
    /// Behind which: what the page before says as `next`.
    pub after: Option<String>,
}

impl OffersQuery {
    /// Reads behind which.
    pub fn read(&self) -> Result<Option<OfferCursor>, Problem> {
        super::after(self.after.as_deref(), OfferCursor::parse)
    }
}

/// What partners offer, the newest offer first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferList {
    /// What the next page is asked for with, as `after`, if there is one.
    #[schema(required)]
    next: Option<String>,
    /// At most 100.
    offers: Vec<OfferView>,
}

/// A module that a partner offers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Offer)]
pub struct OfferView {
    /// The partner.
    community: String,
    /// Digest of the component.
    component: String,
    description: String,
    /// What it is called at the partner, and taken over by.
    #[schema(format = "uuid")]
    id: String,
    /// Digest of the manifest.
    manifest: String,
    /// What it is called here, where it was handed in or taken over already.
    #[schema(format = "uuid", required)]
    module: Option<String>,
    #[schema(format = DateTime, required)]
    offered_at: Option<String>,
    publisher: String,
    requests: Requests,
    skill: String,
    title: String,
    version: String,
}

/// Shows what partners offer.
pub fn offers(page: &OfferPage) -> OfferList {
    OfferList {
        next: page.next.map(OfferCursor::text),
        offers: page.offers.iter().map(offer).collect(),
    }
}

fn offer(offer: &Offer) -> OfferView {
    let (submission, skill) = (&offer.module.submission, &offer.module.skill);
    OfferView {
        community: submission.community.to_string(),
        component: submission.component.to_string(),
        description: skill.description.clone(),
        id: submission.id.to_string(),
        manifest: submission.manifest.to_string(),
        module: offer.present.map(|id| id.to_string()),
        offered_at: submission.offered_at.and_then(super::time),
        publisher: skill.publisher.clone(),
        requests: requests(skill),
        skill: submission.skill.to_string(),
        title: skill.title.clone(),
        version: submission.version.clone(),
    }
}
