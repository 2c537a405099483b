use super::forbidden;
use crate::problem::{Kind, Problem};
use skillgate_app::communities::CommunityError;
use skillgate_app::events::EventError;
use skillgate_app::members::MemberError;
use skillgate_app::partnerships::PartnershipError;
use skillgate_domain::member::Unchanged;

impl From<CommunityError> for Problem {
    fn from(error: CommunityError) -> Self {
        use CommunityError as E;
        let kind = match error {
            E::Forbidden(ref refusal) => return forbidden(&error, refusal),
            E::Storage(error) => return error.into(),
            E::Audit(error) => return error.into(),
            E::NotFound => Kind::CommunityNotFound,
            E::Invalid(_) => Kind::CommunityInvalid,
            E::Present => Kind::CommunityPresent,
            E::Changed => Kind::CommunityChanged,
            E::ShortIdTaken => Kind::ShortIdTaken,
        };
        Self::with_detail(kind, error)
    }
}

impl From<EventError> for Problem {
    fn from(error: EventError) -> Self {
        use EventError as E;
        match error {
            E::Forbidden(ref refusal) => forbidden(&error, refusal),
            E::Storage(error) => error.into(),
            E::Audit(error) => error.into(),
            E::NotFound => Self::with_detail(Kind::CommunityNotFound, error),
        }
    }
}

impl From<MemberError> for Problem {
    fn from(error: MemberError) -> Self {
        use MemberError as E;
        let kind = match error {
            E::Forbidden(ref refusal) => return forbidden(&error, refusal),
            E::Storage(error) => return error.into(),
            E::Audit(error) => return error.into(),
            E::NotFound => Kind::CommunityNotFound,
            E::NotRegistered => Kind::CommunityNotRegistered,
            E::Invalid(_) => Kind::MemberInvalid,
            E::Unchanged(Unchanged::NotThere) => Kind::MemberNotFound,
            E::Unchanged(Unchanged::LastAdmin) => Kind::LastAdmin,
            E::Unchanged(Unchanged::TooMany | Unchanged::TooManyAdmins) => Kind::TooManyMembers,
        };
        Self::with_detail(kind, error)
    }
}

impl From<PartnershipError> for Problem {
    fn from(error: PartnershipError) -> Self {
        use PartnershipError as E;
        let kind = match error {
            E::Forbidden(ref refusal) => return forbidden(&error, refusal),
            E::Storage(error) => return error.into(),
            E::Audit(error) => return error.into(),
            E::Already { id, status } => {
                return Self::with_detail(Kind::PartnershipPresent, error)
                    .member("partnershipId", id.number())
                    .member("partnershipStatus", status.name());
            }
            E::NotMoved { status, .. } => {
                return Self::with_detail(Kind::PartnershipNotMoved, error)
                    .member("partnershipStatus", status.name());
            }
            E::NotFound => Kind::PartnershipNotFound,
            E::NotRegistered => Kind::CommunityNotRegistered,
            E::TargetUnknown => Kind::CommunityNotFound,
            E::WithItself => Kind::PartnershipWithItself,
            E::TooManyInvitations => Kind::TooManyInvitations,
            E::Period => Kind::QueryInvalid,
        };
        Self::with_detail(kind, error)
    }
}
