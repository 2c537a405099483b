use super::{Behalf, Relay, RelayError};
use crate::ports::{Contact, MemberPut, Team};
use skillgate_domain::audit::{Facts, MemberFacts, Target};
use skillgate_domain::ids::{TeamId, UserId};
use skillgate_domain::policy::ResourceKind;
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::tez::text::sanitised;
use skillgate_domain::tez::{DisplayName, TeamRole};
use skillgate_domain::workspace::ADDRESS_CHARS_MAX;

impl Relay {
    /// Makes a team. Whoever makes it is its owner.
    pub async fn create_team(&self, caller: &Principal, name: &str) -> Result<Team, RelayError> {
        let done = self.create_team_if_allowed(caller, name).await;
        self.recorded(caller, Action::ManageTeam, Target::Community, done)
            .await
    }

    async fn create_team_if_allowed(
        &self,
        caller: &Principal,
        name: &str,
    ) -> Result<Team, RelayError> {
        self.permit(caller, Action::ManageTeam).await?;
        let team = Team {
            id: TeamId::new(self.entropy.uuid()),
            community: caller.community.clone(),
            name: DisplayName::parse(name)?,
            created_by: caller.user.clone(),
            created_at: self.trail.clock().now(),
        };
        let change = self.member_change(caller, team.id, &caller.user, TeamRole::Owner);
        if !self.store.insert_team(&team, &change).await? {
            return Err(RelayError::Full(
                "the community has no place for another team",
            ));
        }
        Ok(team)
    }

    /// Puts somebody into a team, or gives a member another role. Owners and admins of the team do;
    /// owners are made by owners, and stay.
    pub async fn add_member(
        &self,
        caller: &Principal,
        team: TeamId,
        user: &UserId,
        role: TeamRole,
    ) -> Result<(), RelayError> {
        let done = self.add_member_if_allowed(caller, team, user, role).await;
        self.recorded(caller, Action::ManageTeam, Target::Team(team), done)
            .await
    }

    async fn add_member_if_allowed(
        &self,
        caller: &Principal,
        team: TeamId,
        user: &UserId,
        role: TeamRole,
    ) -> Result<(), RelayError> {
        let asked = self.permit(caller, Action::ManageTeam).await?;
        let own = self.store.team_role(&caller.community, team, &caller.user);
        let own = own.await?.ok_or(RelayError::TeamNotFound)?;
        let own = own.ok_or(RelayError::NotMember)?;
        asked.permit(ResourceKind::Team(team))?;
        if !own.may_add(role) {
            let why = "owners and admins of a team add members, and owners add owners";
            return Err(RelayError::NotYours(why));
        }
        let change = self.member_change(caller, team, user, role);
        let now = self.trail.clock().now();
        match self
            .store
            .put_member(team, user, role, now, &change)
            .await?
        {
            MemberPut::Put | MemberPut::AlreadySo => Ok(()),
            MemberPut::StaysOwner => Err(RelayError::NotYours("an owner of a team stays one")),
            MemberPut::Full => Err(RelayError::Full("the team has no place for another member")),
        }
    }

    fn member_change(
        &self,
        caller: &Principal,
        team: TeamId,
        user: &UserId,
        role: TeamRole,
    ) -> crate::ports::AuditRecord {
        let facts = Facts::Member(MemberFacts {
            user: user.clone(),
            role,
        });
        let of = Behalf::of(caller);
        self.change(&of, Action::ManageTeam, Target::Team(team), facts)
    }

    /// Keeps how the caller is called. Nobody says it for somebody else.
    pub async fn register_contact(
        &self,
        caller: &Principal,
        name: &str,
        email: Option<&str>,
    ) -> Result<Contact, RelayError> {
        let done = self.register_if_allowed(caller, name, email).await;
        self.recorded(caller, Action::RegisterContact, Target::Community, done)
            .await
    }

    async fn register_if_allowed(
        &self,
        caller: &Principal,
        name: &str,
        email: Option<&str>,
    ) -> Result<Contact, RelayError> {
        self.permit(caller, Action::RegisterContact).await?;
        let now = self.trail.clock().now();
        let contact = Contact {
            community: caller.community.clone(),
            user: caller.user.clone(),
            name: DisplayName::parse(name)?,
            email: email.map(address).transpose()?,
            registered_at: now,
            updated_at: now,
        };
        let (of, target) = (Behalf::of(caller), Target::Community);
        let change = self.change(&of, Action::RegisterContact, target, Facts::None);
        Ok(self.store.put_contact(&contact, &change).await?)
    }
}

/// An e-mail address, as far as one can tell by looking: nobody writes to it from here.
fn address(given: &str) -> Result<String, RelayError> {
    let text = sanitised(given);
    let parts = text.split_once('@');
    let sane = parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !text.contains(char::is_whitespace)
        && text.chars().count() <= ADDRESS_CHARS_MAX;
    if sane {
        return Ok(text);
    }
    let why = format!("email must be an address of at most {ADDRESS_CHARS_MAX} characters");
    Err(RelayError::Invalid(why))
}
