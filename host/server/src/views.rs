//! How things look as JSON, here and in the command line's `--json`.

mod audit;
mod call_query;
mod community;
mod community_settings;
pub(crate) mod crm;
mod diff;
mod event;
mod grant;
mod member;
mod module;
pub(crate) mod names;
mod offer;
mod partnership;
mod plan;
mod plan_words;
mod policy;
mod policy_question;
mod query_part;
mod replay;
mod role;
mod secret;
mod skill;
pub mod tez;
mod token;
mod way_out;

pub use audit::{AuditPage, AuditQuery, audit_page};
pub use call_query::{CallQuery, record_scope};
pub use community::{
    CommunityInfo, CommunityPatch, CommunityRequest, CommunitySearch, CommunityView, FoundList,
    community, found,
};
pub use community_settings::{
    NewSettings, SettingsHistory, SettingsView, community_settings, settings_history,
};
pub use diff::{DiffView, diff};
pub use event::{
    EventList, EventRequest, EventView, EventsQuery, ReportedView, event, events, reported,
};
pub use grant::{GrantView, RollBack, StandingView, Terms, grant, standing};
pub use member::{
    MailRequest, MemberList, MemberRequest, MemberView, MembersQuery, member, members,
};
pub use module::{
    ModuleList, ModuleSummary, ModuleView, OwnerView, Requests, SettingView, module, modules,
};
pub use offer::{OfferList, OfferView, OffersQuery, offers};
pub use partnership::{
    EndRequest, InviteRequest, InvitedView, MetricsQuery, MovedView, PartnerList, PartnersQuery,
    PartnershipHistory, PartnershipList, PartnershipMetrics, PartnershipView, PartnershipsQuery,
    RespondRequest, UpdateRequest, invited, moved, partners, partnership, partnership_history,
    partnership_metrics, partnerships,
};
pub use plan::{PlanList, PlanSeen, PlanView, plan, plans};
pub use plan_words::{plan_words, text};
pub(crate) use policy::policy_names;
pub use policy::{
    ExplanationView, PoliciesView, PolicyHistory, PolicyList, explanation, policies,
    policy_history, policy_list,
};
pub use policy_question::{
    NewPolicies, PolicyQuestion, PolicyText, PrincipalQuestion, ResourceQuestion,
};
pub use replay::replay;
pub use role::RoleName;
pub use secret::{
    NewSecret, SecretQuery, SecretText, SecretView, SecretsView, secret, secrets, secrets_page,
};
pub use skill::{
    AnswerView, SkillHead, SkillList, SkillSummary, SkillView, ToolSummary, ToolView, answer,
    skill, skills,
};
pub use token::{IssuedToken, TokenList, TokenRequest, TokenView, issued, token, tokens};
pub use way_out::{ExplainedRequest, RequestQuestion, RuleView, explained_request};

pub use skillgate_app::time::rfc3339 as time;

use crate::problem::{Kind, Problem};

/// Reads where a page begins: what the page before says as `next`.
fn after<T>(
    text: Option<&str>,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let unread = || Problem::with_detail(Kind::QueryInvalid, "after is no `next` of a page");
    text.map(|text| read(text).ok_or_else(unread)).transpose()
}
