//! Who belongs to a community, for those whose people nobody else keeps.
//!
//! Invariants: the list only takes away. Whoever is on it has no more than it says, and whoever has left has nothing,
//! whatever credential they have; that holds from the next request on, and from the next host call of what runs.
//! What a key of a mail opens is that person's mail, and nothing else.

mod error;
#[cfg(any(test, feature = "testing"))]
pub mod memory;

pub use error::MemberError;

use crate::access::Access;
use crate::audit::Trail;
use crate::digest;
use crate::ports::{AuditRecord, Entropy, MemberChange, MemberDecision, MemberStore, PAGE_MAX};
use skillgate_domain::audit::{Actor, Facts, MembershipFacts, Target};
use skillgate_domain::ids::{CommunityId, UserId};
use skillgate_domain::member::{
    EmailAddress, Listed, MailKey, Member, MemberRole, MemberTerms, Roster, Unchanged,
};
use skillgate_domain::policy::{Resource, ResourceKind};
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::tez::DisplayName;
use std::sync::Arc;

/// What an admin says of somebody.
#[derive(Debug, Clone, Copy)]
pub struct NewMember<'a> {
    /// As what they belong to the community.
    pub role: MemberRole,
    /// How they are called.
    pub name: Option<&'a str>,
    /// Where mail for them goes.
    pub email: Option<&'a str>,
}

/// Some who belong to a community, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberPage {
    /// At most [`PAGE_MAX`].
    pub members: Vec<Member>,
    /// Whether there are more.
    pub more: bool,
}

/// The use cases of a community's list.
pub struct Members {
    access: Arc<Access>,
    store: Arc<dyn MemberStore>,
    entropy: Arc<dyn Entropy>,
    trail: Trail,
}

impl Members {
    /// Wires the use cases to their ports.
    pub fn new(
        access: Arc<Access>,
        store: Arc<dyn MemberStore>,
        entropy: Arc<dyn Entropy>,
        trail: Trail,
    ) -> Self {
        Self {
            access,
            store,
            entropy,
            trail,
        }
    }

    /// Narrows who somebody is by a credential of another issuer to what their community's list says. Nobody, if they
    /// have left.
    pub async fn narrowed(&self, caller: Principal) -> Result<Option<Principal>, MemberError> {
        let listed = self.store.listed(&caller.community, &caller.user).await?;
        let role = listed.narrows(caller.role);
        Ok(role.map(|role| Principal { role, ..caller }))
    }

    /// Lists who belongs to the caller's community.
    pub async fn list(
        &self,
        caller: &Principal,
        community: &CommunityId,
        after: Option<&UserId>,
    ) -> Result<MemberPage, MemberError> {
        let done = self.list_if_allowed(caller, community, after).await;
        let (action, target) = (Action::ListMembers, Target::Community);
        self.trail.refusal(caller, action, target, &done).await?;
        done
    }

    async fn list_if_allowed(
        &self,
        caller: &Principal,
        community: &CommunityId,
        after: Option<&UserId>,
    ) -> Result<MemberPage, MemberError> {
        self.permit(caller, community, Action::ListMembers).await?;
        let members = self.store.members(community, after).await?;
        let more = members.len() >= PAGE_MAX as usize;
        Ok(MemberPage { members, more })
    }

    /// Shows what the list says of the caller, or to an admin of anybody in the community.
    pub async fn show(
        &self,
        caller: &Principal,
        community: &CommunityId,
        user: &UserId,
    ) -> Result<Member, MemberError> {
        let done = self.show_if_allowed(caller, community, user).await;
        self.recorded(caller, Action::ShowMember, user, done).await
    }

    async fn show_if_allowed(
        &self,
        caller: &Principal,
        community: &CommunityId,
        user: &UserId,
    ) -> Result<Member, MemberError> {
        self.permit(caller, community, Action::ShowMember).await?;
        if *user != caller.user {
            self.permit(caller, community, Action::ListMembers).await?;
        }
        let found = self.store.member(community, user).await?;
        let here = found.filter(|it| it.left_at.is_none());
        here.ok_or(MemberError::Unchanged(Unchanged::NotThere))
    }

    /// Lists somebody, or changes what is said of them.
    pub async fn put(
        &self,
        caller: &Principal,
        (community, user): (&CommunityId, &UserId),
        new: NewMember<'_>,
    ) -> Result<Member, MemberError> {
        let done = self.put_if_allowed(caller, (community, user), new).await;
        self.recorded(caller, Action::PutMember, user, done).await
    }

    async fn put_if_allowed(
        &self,
        caller: &Principal,
        (community, user): (&CommunityId, &UserId),
        new: NewMember<'_>,
    ) -> Result<Member, MemberError> {
        self.permit(caller, community, Action::PutMember).await?;
        let terms = MemberTerms {
            role: new.role,
            name: new.name.map(DisplayName::parse).transpose()?,
            email: new.email.map(EmailAddress::parse).transpose()?,
        };
        let (key, at) = (
            MailKey::new(self.entropy.secret()),
            self.trail.clock().now(),
        );
        let by = (caller_of(caller), Action::PutMember);
        self.change(by, (community, user), |roster| {
            roster.put(user, terms.clone(), (key, at))
        })
        .await
    }

    /// Takes somebody off the list: from now on they have no right in the community, nor has whoever acts for them.
    pub async fn remove(
        &self,
        caller: &Principal,
        community: &CommunityId,
        user: &UserId,
    ) -> Result<(), MemberError> {
        let done = self.remove_if_allowed(caller, community, user).await;
        self.recorded(caller, Action::RemoveMember, user, done)
            .await
    }

    async fn remove_if_allowed(
        &self,
        caller: &Principal,
        community: &CommunityId,
        user: &UserId,
    ) -> Result<(), MemberError> {
        self.permit(caller, community, Action::RemoveMember).await?;
        let at = self.trail.clock().now();
        let by = (caller_of(caller), Action::RemoveMember);
        let removed = self.change(by, (community, user), |roster| roster.remove(at));
        removed.await.map(drop)
    }

    /// Has mail come to the caller, or no more. Nobody decides that for another.
    pub async fn choose_mail(
        &self,
        caller: &Principal,
        (community, user): (&CommunityId, &UserId),
        wants_mail: bool,
    ) -> Result<Member, MemberError> {
        let done = self
            .choose_mail_if_allowed(caller, (community, user), wants_mail)
            .await;
        self.recorded(caller, Action::ChooseMail, user, done).await
    }

    async fn choose_mail_if_allowed(
        &self,
        caller: &Principal,
        (community, user): (&CommunityId, &UserId),
        wants_mail: bool,
    ) -> Result<Member, MemberError> {
        self.permit(caller, community, Action::ChooseMail).await?;
        if *user != caller.user {
            return Err(MemberError::Unchanged(Unchanged::NotThere));
        }
        self.want_mail((community, user), wants_mail, caller_of(caller))
            .await
    }

    /// Has no more mail come to whoever a mail was for, whose key this is. The key is all that is asked for.
    pub async fn unsubscribe(&self, key: &MailKey) -> Result<(), MemberError> {
        let owner = self.store.mail_key(key).await?;
        let (community, user) = owner.ok_or(MemberError::Unchanged(Unchanged::NotThere))?;
        let done = self
            .want_mail((&community, &user), false, Actor::Host)
            .await;
        done.map(drop)
    }

    async fn want_mail(
        &self,
        whose: (&CommunityId, &UserId),
        wants_mail: bool,
        by: Actor,
    ) -> Result<Member, MemberError> {
        let at = self.trail.clock().now();
        let change = |roster: &Roster| roster.want_mail(wants_mail, at);
        self.change((by, Action::ChooseMail), whose, change).await
    }

    /// Changes what the list says of somebody, with the record of it.
    async fn change(
        &self,
        by: (Actor, Action),
        (community, user): (&CommunityId, &UserId),
        change: impl Fn(&Roster) -> Result<Member, Unchanged> + Send + Sync,
    ) -> Result<Member, MemberError> {
        let decide: &MemberDecision<'_> = &|roster| {
            let after = change(roster)?;
            let record = self.record(by.clone(), community, &after);
            Ok((after, record))
        };
        match self.store.change_member(community, user, decide).await? {
            MemberChange::Kept(member) => Ok(*member),
            MemberChange::Refused(why) => Err(MemberError::Unchanged(why)),
            MemberChange::Unknown => Err(MemberError::NotRegistered),
        }
    }

    fn record(
        &self,
        (by, action): (Actor, Action),
        community: &CommunityId,
        after: &Member,
    ) -> AuditRecord {
        let facts = Facts::Membership(MembershipFacts {
            role: match after.listed() {
                Listed::As(role) => Some(role),
                Listed::Never | Listed::Left => None,
            },
            wants_mail: after.wants_mail,
            version: after.version,
            person: digest::person(after),
        });
        let target = Target::Member(after.user.clone());
        self.trail.change(by, community, action, target, facts)
    }

    /// Records a refusal before it is answered.
    async fn recorded<T>(
        &self,
        caller: &Principal,
        action: Action,
        user: &UserId,
        done: Result<T, MemberError>,
    ) -> Result<T, MemberError> {
        let target = Target::Member(user.clone());
        self.trail.refusal(caller, action, target, &done).await?;
        done
    }

    /// Asks whether the caller may do this in its own community, and in no other one.
    async fn permit(
        &self,
        caller: &Principal,
        community: &CommunityId,
        action: Action,
    ) -> Result<(), MemberError> {
        if *community != caller.community {
            return Err(MemberError::NotFound);
        }
        let resource = Resource::of(community, ResourceKind::Community);
        Ok(self.access.permit(caller, action, &resource).await?)
    }
}

fn caller_of(caller: &Principal) -> Actor {
    Actor::Caller(Box::new(caller.clone()))
}
