use super::{BothPermissions, RelationshipName, partnership_permissions};
use crate::problem::{Kind, Problem, findings};
use serde::Deserialize;
use serde_json::Value;
use skillgate_app::partnerships::NewInvitation;
use skillgate_domain::ids::CommunityId;
use skillgate_domain::partnership::{Command, Message, NotAMessage, Permissions, Side, Terms};
use skillgate_domain::principal::Action;
use skillgate_domain::skill::Finding;
use skillgate_manifest::under;
use skillgate_manifest::wire::permissions_from_json;
use utoipa::ToSchema;

impl BothPermissions {
    fn read(&self, at: &str) -> Result<(Permissions, Permissions), Vec<Finding>> {
        let from_us = permissions(&self.from_us, &format!("{at}/fromUs"));
        let to_us = permissions(&self.to_us, &format!("{at}/toUs"));
        match (from_us, to_us) {
            (Ok(from_us), Ok(to_us)) => Ok((from_us, to_us)),
            (from_us, to_us) => {
                let both = [from_us.err(), to_us.err()];
                Err(both.into_iter().flatten().flatten().collect())
            }
        }
    }
}

/// An invitation to another community.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InviteRequest {
    /// Whom.
    pub target_community_id: String,
    /// How close the two would be.
    pub relationship_type: RelationshipName,
    /// With which words: at most 2,000 characters.
    pub invite_message: Option<String>,
    /// What each would send the other. The shipped permissions, both ways, where nothing is said.
    pub proposed_permissions: Option<BothPermissions>,
}

impl InviteRequest {
    /// Reads what is offered.
    pub fn read(&self) -> Result<NewInvitation, Problem> {
        let target = CommunityId::parse(&self.target_community_id);
        let target = target.map_err(|rule| Problem::with_detail(Kind::CommunityNotFound, rule))?;
        let proposed = self.proposed_permissions.as_ref();
        let proposed = proposed.map(|both| both.read("/proposedPermissions"));
        let (from_us, to_us) = proposed
            .transpose()
            .map_err(|faults| invalid(&faults))?
            .unwrap_or_default();
        Ok(NewInvitation {
            target,
            relationship: self.relationship_type.0,
            message: message("/inviteMessage", self.invite_message.as_deref())?,
            from_us,
            to_us,
        })
    }
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = PartnershipAnswer)]
pub enum Answer {
    /// Yes.
    Accept,
    /// No.
    Reject,
}

/// An answer to an invitation, or to a counter-offer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RespondRequest {
    /// Yes or no.
    pub action: Answer,
    /// With which words: at most 2,000 characters.
    pub response_message: Option<String>,
    /// With a yes: what each side would rather send the other. Other than what was offered, this is a counter-offer,
    /// which the other side must accept.
    pub modified_permissions: Option<BothPermissions>,
}

impl RespondRequest {
    /// Reads the answer, as the command of whichever side gives it.
    pub fn read(&self) -> Result<impl Fn(Side) -> Command + Send + Sync + use<>, Problem> {
        let modified = self.modified_permissions.as_ref();
        let modified = modified.map(|both| both.read("/modifiedPermissions"));
        let modified = modified.transpose().map_err(|faults| invalid(&faults))?;
        let message = message("/responseMessage", self.response_message.as_deref())?;
        let action = self.action;
        if action == Answer::Reject && modified.is_some() {
            return Err(invalid(&[Finding {
                path: "/modifiedPermissions".to_owned(),
                problem: "a no has no permissions".to_owned(),
                fix: "Leave them out.".to_owned(),
            }]));
        }
        Ok(move |side| {
            let message = message.clone();
            match action {
                Answer::Reject => Command::Reject { message },
                Answer::Accept => Command::Accept {
                    message,
                    terms: modified
                        .clone()
                        .map(|(from_us, to_us)| Terms::as_seen_by(side, from_us, to_us)),
                },
            }
        })
    }
}

/// How a partnership is to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = WantedPartnershipStatus)]
pub enum Wanted {
    /// It stops for a while.
    Suspended,
    /// It goes on.
    Accepted,
}

/// What is to be of a partnership. At least one of the two is there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UpdateRequest {
    /// `suspended` stops it for a while, `accepted` lets it go on.
    pub status: Option<Wanted>,
    /// What this side sends the other from now on.
    #[schema(schema_with = partnership_permissions, nullable = false)]
    pub permissions: Option<Value>,
}

impl UpdateRequest {
    /// Reads what is wanted, one command after the other.
    pub fn read(&self) -> Result<Vec<(Action, Command)>, Problem> {
        let status = self.status.map(|status| match status {
            Wanted::Suspended => (Action::SuspendPartnership, Command::Suspend),
            Wanted::Accepted => (Action::ReactivatePartnership, Command::Reactivate),
        });
        let read = |value| permissions(value, "/permissions").map_err(|faults| invalid(&faults));
        let set = self.permissions.as_ref().map(read).transpose()?;
        let set = set.map(|set| (Action::SetPermissions, Command::SetPermissions(set)));
        let both: Vec<_> = status.into_iter().chain(set).collect();
        if both.is_empty() {
            return Err(invalid(&[Finding {
                path: String::new(),
                problem: "nothing is wanted".to_owned(),
                fix: "Say `status`, `permissions`, or both.".to_owned(),
            }]));
        }
        Ok(both)
    }
}

/// The end of a partnership.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndRequest {
    /// Why: at most 2,000 characters.
    pub reason: Option<String>,
}

impl EndRequest {
    /// Reads why.
    pub fn read(&self) -> Result<Option<Message>, Problem> {
        message("/reason", self.reason.as_deref())
    }
}

fn permissions(value: &Value, at: &str) -> Result<Permissions, Vec<Finding>> {
    permissions_from_json(value).map_err(|findings| under(at, findings).collect())
}

fn invalid(faults: &[Finding]) -> Problem {
    let detail = format!("the partnership has {} fault(s)", faults.len());
    Problem::with_detail(Kind::PartnershipInvalid, detail).member("findings", findings(faults))
}

/// Reads a message; an empty one is none.
fn message(at: &str, text: Option<&str>) -> Result<Option<Message>, Problem> {
    let said = text.filter(|text| !text.trim().is_empty());
    let fault = |fault: NotAMessage| {
        invalid(&[Finding {
            path: at.to_owned(),
            problem: fault.to_string(),
            fix: "Say it in fewer words.".to_owned(),
        }])
    };
    said.map(Message::parse).transpose().map_err(fault)
}
