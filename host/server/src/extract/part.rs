use crate::problem::{Kind, Problem};
use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use skillgate_domain::ids::{
    CommunityId, ContextId, CredentialName, ExpansionId, GrantId, Malformed, PartnershipId, PlanId,
    SkillName, SubmissionId, TeamId, TezId, TokenId, ToolName, UserId,
};

/// One named part of a path.
pub(crate) struct Part<T>(pub(crate) T);

macro_rules! version_numbers {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) u32);

        impl $name {
            fn parse(text: &str) -> Result<Self, Malformed> {
                let number = text.parse().map_err(|_| Malformed {
                    what: "version",
                    rule: "a number from 0",
                });
                number.map(Self)
            }
        }
    )*};
}

version_numbers! {
    /// The number of a version of the policies.
    PolicyNumber;
    /// The number of a version of the community's settings.
    SettingsNumber;
}

/// What can stand in a path. A text that is no such name or id names nothing, so it is not found.
pub(crate) trait PathPart: Sized {
    const NAME: &'static str;
    const ABSENT: Kind;

    fn parse(text: &str) -> Result<Self, Malformed>;
}

macro_rules! path_parts {
    ($($type:ty = $name:literal, $absent:ident;)*) => {$(
        impl PathPart for $type {
            const NAME: &'static str = $name;
            const ABSENT: Kind = Kind::$absent;

            fn parse(text: &str) -> Result<Self, Malformed> {
                Self::parse(text)
            }
        }
    )*};
}

path_parts! {
    SkillName = "skill", SkillNotFound;
    ToolName = "tool", ToolNotFound;
    CredentialName = "secret", SecretNotFound;
    SubmissionId = "module", ModuleNotFound;
    GrantId = "grant", ModuleNotFound;
    TokenId = "token", TokenNotFound;
    PlanId = "plan", PlanNotFound;
    CommunityId = "community", CommunityNotFound;
    PartnershipId = "partnership", PartnershipNotFound;
    UserId = "user", MemberNotFound;
    TezId = "tez", TezNotFound;
    ContextId = "context", ContextNotFound;
    ExpansionId = "expansion", ExpansionNotFound;
    TeamId = "team", TeamNotFound;
    PolicyNumber = "version", PoliciesNotFound;
    SettingsNumber = "version", SettingsNotFound;
}

impl<T: PathPart, S: Send + Sync> FromRequestParts<S> for Part<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let unreadable = |_| Problem::new(Kind::InvalidPath);
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(unreadable)?;
        let text = params
            .iter()
            .find(|(name, _)| *name == T::NAME)
            .map_or("", |(_, text)| text);
        T::parse(text)
            .map(Self)
            .map_err(|rule| Problem::with_detail(T::ABSENT, rule))
    }
}
