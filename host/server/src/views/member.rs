use super::names::names;
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use skillgate_app::members::{MemberPage, NewMember};
use skillgate_domain::ids::UserId;
use skillgate_domain::member::{EmailAddress, Member, MemberRole};
use skillgate_domain::tez::DisplayName;
use utoipa::{IntoParams, ToSchema};

names! {
    /// As what somebody belongs to a community.
    MemberRoleName(MemberRole);
}

/// What an admin says of somebody.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberRequest {
    /// As what they belong to the community. Their tokens have no more right than that.
    pub role: MemberRoleName,
    /// How they are called: 1 to 200 characters on one line.
    pub name: Option<String>,
    /// Where mail for them goes, in ASCII: at most 254 bytes.
    pub email: Option<String>,
}

impl MemberRequest {
    /// Returns what is said.
    pub fn said(&self) -> NewMember<'_> {
        NewMember {
            role: self.role.0,
            name: self.name.as_deref(),
            email: self.email.as_deref(),
        }
    }
}

/// Whether somebody wants mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MailRequest {
    /// Whether mail comes from now on.
    pub wanted: bool,
}

/// Where a list of people begins.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MembersQuery {
    /// Behind whom: what the page before says as `next`.
    pub after: Option<String>,
}

impl MembersQuery {
    /// Reads behind whom.
    pub fn read(&self) -> Result<Option<UserId>, Problem> {
        super::after(self.after.as_deref(), |text| UserId::parse(text).ok())
    }
}

/// Somebody who belongs to a community.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Member)]
pub struct MemberView {
    user_id: String,
    role: MemberRoleName,
    #[schema(required)]
    name: Option<String>,
    #[schema(required)]
    email: Option<String>,
    /// Whether they want mail. It comes to admins with an address.
    wants_mail: bool,
    #[schema(format = DateTime, required)]
    joined_at: Option<String>,
    #[schema(format = DateTime, required)]
    changed_at: Option<String>,
}

/// People in the order of their ids.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberList {
    /// At most 200.
    members: Vec<MemberView>,
    /// What the next page is asked for with, as `after`, if there may be one.
    #[schema(required)]
    next: Option<String>,
}

/// Shows somebody who belongs to a community.
pub fn member(member: &Member) -> MemberView {
    MemberView {
        user_id: member.user.to_string(),
        role: MemberRoleName(member.role),
        name: member
            .name
            .as_ref()
            .map(DisplayName::as_str)
            .map(str::to_owned),
        email: member
            .email
            .as_ref()
            .map(EmailAddress::as_str)
            .map(str::to_owned),
        wants_mail: member.wants_mail,
        joined_at: super::time(member.joined_at),
        changed_at: super::time(member.changed_at),
    }
}

/// Shows people.
pub fn members(page: &MemberPage) -> MemberList {
    let last = page.members.last().filter(|_| page.more);
    MemberList {
        members: page.members.iter().map(member).collect(),
        next: last.map(|it| it.user.to_string()),
    }
}
