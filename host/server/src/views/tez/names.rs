use crate::views::names::names;
use skillgate_domain::tez::expansion::FieldVerdict;
use skillgate_domain::tez::{
    ContextSource, Layer, TeamRole, TezKind, TezStatus, Urgency, Visibility,
};

names! {
    /// What a Tez is for.
    TezKindName(TezKind);
    /// How soon it matters.
    UrgencyName(Urgency);
    /// Who may see it.
    VisibilityName(Visibility);
    /// What an item of context is to the message.
    LayerName(Layer);
    /// Where an item of context comes from.
    ContextSourceName(ContextSource);
    /// Whether a Tez is still shown.
    TezStatusName(TezStatus);
    /// What somebody is in a team.
    TeamRoleName(TeamRole);
    /// Whether a field is let out.
    FieldVerdictName(FieldVerdict);
}
