use crate::problem::{Kind, Problem};
use serde::{Deserialize, Serialize};
use skillgate_app::ways_out::{Explanation, RuleAnswer};
use skillgate_domain::egress::{Method, Target};
use skillgate_domain::ids::SkillName;
use utoipa::ToSchema;

/// A request that a skill might send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestQuestion {
    /// The skill, as it is granted.
    pub skill: String,
    /// Its method, in upper case.
    pub method: String,
    /// Its address.
    #[schema(format = "uri")]
    pub url: String,
}

impl RequestQuestion {
    /// Reads the parts of it.
    pub fn decode(&self) -> Result<(SkillName, Method, Target), Problem> {
        let invalid = |why: &dyn std::fmt::Display| Problem::with_detail(Kind::BodyInvalid, why);
        let skill = SkillName::parse(&self.skill).map_err(|why| invalid(&why))?;
        let method = Method::from_name(&self.method)
            .ok_or_else(|| invalid(&"the method is none of HTTP that rules know"))?;
        let target = Target::parse(&self.url).map_err(|why| invalid(&why))?;
        Ok((skill, method, target))
    }
}

/// What the grant says to a request, and the address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RequestExplanation)]
pub struct ExplainedRequest {
    /// `allowed`, or why nothing is sent to where the name leads.
    address: String,
    /// Whether it would leave.
    allowed: bool,
    /// The request, in the spelling that is judged.
    request: String,
    rules: Vec<RuleView>,
}

/// What one rule of a grant says.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RuleAnswer)]
pub struct RuleView {
    /// The credential that goes with what it allows.
    #[schema(required)]
    credential: Option<String>,
    rule: String,
    /// `allowed`, or what of the request does not fit first.
    says: &'static str,
}

/// Shows an explanation.
pub fn explained_request(
    (method, target): (Method, &Target),
    explanation: &Explanation,
) -> ExplainedRequest {
    let rule = |answer: &RuleAnswer| RuleView {
        credential: answer.credential.as_ref().map(ToString::to_string),
        rule: answer.rule.clone(),
        says: answer.misfit.map_or("allowed", |part| part.code()),
    };
    let address = explanation.address;
    ExplainedRequest {
        address: address.map_or_else(|why| why.to_string(), |()| "allowed".to_owned()),
        allowed: explanation.is_allowed(),
        request: format!("{} {target}", method.name()),
        rules: explanation.rules.iter().map(rule).collect(),
    }
}
