use super::*;
use insta::assert_snapshot;
use skillgate_domain::audit::{
    CallFacts, ExpansionFacts, MemberFacts, MembershipFacts, Outcome, PartnershipFacts,
    RedactionFacts, RelayFacts, TezFacts, TokenFacts, Touched, VersionFacts,
};
use skillgate_domain::capability::Verb;
use skillgate_domain::crm::ObjectKind;
use skillgate_domain::digest::Digest;
use skillgate_domain::grant::Generation;
use skillgate_domain::ids::{
    AgentId, CommunityId, ContextId, ExpansionId, GrantId, PartnershipId, PlanId, RecordId,
    RequestId, SubmissionId, TeamId, TezAddress, TezId, TokenId, ToolName, UserId,
};
use skillgate_domain::member::MemberRole;
use skillgate_domain::partnership::{NotificationKind, Status};
use skillgate_domain::policy::Act;
use skillgate_domain::principal::{Action, Door, Origin, Principal, Role, TokenScope};
use skillgate_domain::tez::{TeamRole, TezStatus, Visibility};
use skillgate_domain::time::Timestamp;
use std::collections::BTreeSet;
use uuid::Uuid;

fn id<T>(new: fn(Uuid) -> T, number: u128) -> T {
    new(Uuid::from_u128(number))
}

fn digest(byte: u8) -> Digest {
    Digest::from_bytes([byte; 32])
}

fn origin_of(address: Option<&str>) -> Origin {
    Origin {
        door: Door::Http,
        address: address.map(|text| text.parse().unwrap()),
        request: RequestId::parse("req-1").unwrap(),
    }
}

fn caller(agent: bool) -> Actor {
    Actor::Caller(Box::new(Principal {
        community: CommunityId::parse("riverside").unwrap(),
        user: UserId::parse("ada").unwrap(),
        agent: agent.then(|| AgentId::parse("openclaw").unwrap()),
        role: if agent { Role::Agent } else { Role::Admin },
        scope: TokenScope::FULL,
        token: agent.then(|| id(TokenId::new, 9)),
        foreign: None,
        origin: origin_of(agent.then_some("2001:db8::1")),
    }))
}

fn entry(actor: Actor, act: Act, target: Target, outcome: Outcome, facts: Facts) -> Entry {
    Entry {
        at: Timestamp::from_unix_ms(1_772_366_400_123),
        community: CommunityId::parse("riverside").unwrap(),
        actor,
        act,
        target,
        outcome,
        facts,
    }
}

fn crm() -> SkillName {
    SkillName::parse("crm").unwrap()
}

fn tool() -> Target {
    Target::Tool(crm(), ToolName::parse("update").unwrap())
}

fn full_call() -> CallFacts {
    let fields: BTreeSet<String> = ["email", "jobTitle"].map(str::to_owned).into();
    // Names that the form must write without changing or mixing them.
    let odd = ["\"},{\"", "\u{1}\u{7f}\\\n", "é\u{10ffff}"].map(str::to_owned);
    CallFacts {
        invocation: Some(id(InvocationId::new, 1)),
        component: Some(digest(0xab)),
        grant: Some(id(GrantId::new, 2)),
        generation: Some(Generation::new(7)),
        input: Some(digest(1)),
        output: Some(digest(2)),
        plan: Some((id(PlanId::new, 3), digest(3))),
        journal: Some(digest(4)),
        touched: Touched {
            reads: [
                ((ObjectKind::Contact, id(RecordId::new, 11)), fields.clone()),
                ((ObjectKind::Contact, id(RecordId::new, 12)), fields),
                ((ObjectKind::Task, id(RecordId::new, 13)), odd.into()),
            ]
            .into(),
            read_count: 3,
            write_count: 1,
            denials: [("not-granted", 2), ("budget-crm-reads", 1)].into(),
            requests: [].into(),
        },
        duration_ms: 12,
    }
}

fn write(linked_to: Option<(ObjectKind, RecordId)>) -> Facts {
    Facts::Write(WriteFacts {
        invocation: id(InvocationId::new, 1),
        skill: crm(),
        write: id(RecordId::new, 5),
        fields: vec!["title".to_owned(), "body".to_owned()],
        values: digest(6),
        linked_to,
    })
}

/// One of each kind of facts, with what they are of.
fn facts() -> [(Action, Target, Facts); 7] {
    let grant = GrantFacts {
        skill: crm(),
        grant: id(GrantId::new, 2),
        generation: Generation::new(8),
        component: digest(0xab),
        manifest: digest(0xcd),
        capability_set: digest(0xef),
    };
    let module = ModuleFacts {
        skill: crm(),
        component: digest(0xab),
        manifest: digest(0xcd),
        owner: None,
    };
    let adopted = ModuleFacts {
        owner: Some(CommunityId::parse("blue").unwrap()),
        ..module.clone()
    };
    let token = TokenFacts {
        role: Role::Service,
        user: UserId::parse("bot").unwrap(),
        expires_at: Timestamp::from_unix_ms(1_772_366_400_999),
    };
    let version = VersionFacts {
        version: 3,
        digest: digest(7),
    };
    let call = Facts::Call(Box::new(full_call()));
    let submission = Target::Module(id(SubmissionId::new, 4));
    let secret = Target::Token(id(TokenId::new, 9));
    [
        (Action::InvokeSkill, tool(), call),
        (Action::GrantModule, submission.clone(), Facts::Grant(grant)),
        (
            Action::SubmitModule,
            submission.clone(),
            Facts::Module(module),
        ),
        (Action::AdoptModule, submission, Facts::Module(adopted)),
        (Action::IssueToken, secret, Facts::Token(token)),
        (
            Action::PutPolicies,
            Target::Community,
            Facts::Policies(version.clone()),
        ),
        (
            Action::PutSettings,
            Target::Community,
            Facts::Settings(version),
        ),
    ]
}

/// What the relay records: a Tez that the host shared, its status, a member of a team.
fn relay() -> [(Actor, Action, Target, Facts); 6] {
    let (tez, team) = (id(TezId::new, 21), id(TeamId::new, 22));
    let address = |text| TezAddress::parse(text).unwrap();
    let shared = TezFacts {
        team,
        thread: tez,
        sender: UserId::parse("ada").unwrap(),
        visibility: Visibility::Dm,
        recipients: vec![address("mia"), address("bob@remote.example")],
        records: [
            (ObjectKind::Task, id(RecordId::new, 5)),
            (ObjectKind::Contact, id(RecordId::new, 11)),
        ]
        .into(),
        content: digest(8),
    };
    let member = MemberFacts {
        user: UserId::parse("mia").unwrap(),
        role: TeamRole::Admin,
    };
    let partnership = PartnershipFacts {
        partner: CommunityId::parse("blue").unwrap(),
        status: Status::Accepted,
        version: 2,
        terms: digest(9),
    };
    let (tez, status) = (Target::Tez(tez), Facts::TezStatus(TezStatus::Archived));
    let shared = Facts::Tez(Box::new(shared));
    [
        (Actor::Host, Action::ShareTez, tez.clone(), shared),
        (caller(false), Action::SetTezStatus, tez, status),
        (
            caller(true),
            Action::ManageTeam,
            Target::Team(team),
            Facts::Member(member),
        ),
        (
            caller(false),
            Action::AnswerInvitation,
            Target::Partnership(PartnershipId::new(7)),
            Facts::Partnership(Box::new(partnership)),
        ),
        (
            caller(false),
            Action::ReportEvent,
            Target::Community,
            Facts::Relay(RelayFacts {
                event: 12,
                kind: NotificationKind::Boards,
                content: digest(10),
                relayed: 2,
                withheld: 1,
            }),
        ),
        (
            caller(false),
            Action::PutMember,
            Target::Member(UserId::parse("mia").unwrap()),
            Facts::Membership(MembershipFacts {
                role: Some(MemberRole::Admin),
                wants_mail: true,
                version: 2,
                person: digest(11),
            }),
        ),
    ]
}

/// What is recorded of more than a Tez says, of less, and of one that is taken along.
fn of_one_tez() -> [(Action, Facts); 4] {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let asked = ExpansionFacts {
        expansion: id(ExpansionId::new, 31),
        context: id(ContextId::new, 32),
        record: (ObjectKind::Opportunity, id(RecordId::new, 5)),
        asker: UserId::parse("carol").unwrap(),
        fields: names(&["amount", "owner_id"]),
        approved: None,
        reply: None,
    };
    let decided = ExpansionFacts {
        approved: Some(names(&["amount"])),
        reply: Some(id(TezId::new, 23)),
        ..asked.clone()
    };
    let redacted = RedactionFacts {
        context: id(ContextId::new, 32),
        record: Some((ObjectKind::Opportunity, id(RecordId::new, 5))),
        fields: vec!["name".to_owned(), "stage".to_owned()],
    };
    [
        (Action::AskExpansion, Facts::Expansion(Box::new(asked))),
        (Action::DecideExpansion, Facts::Expansion(Box::new(decided))),
        (Action::RedactTez, Facts::Redaction(redacted)),
        (Action::ExportTez, Facts::Bundle(digest(9))),
    ]
}

/// One of each kind of actor, act, target, outcome and facts.
fn entries() -> Vec<Entry> {
    let task = || Target::Record(ObjectKind::Task, id(RecordId::new, 5));
    let person = (ObjectKind::Contact, id(RecordId::new, 11));
    let operator = Actor::Operator(origin_of(None));
    let refused = Outcome::Refused("access-denied");
    let (create, link) = (Act::Crm(Verb::Create), Act::Crm(Verb::Link));
    let invoke = Act::Host(Action::InvokeSkill);
    let little = Facts::Call(Box::default());
    let intent = write(None);
    let mut all = vec![
        entry(caller(false), invoke, tool(), refused, little),
        entry(caller(true), create, task(), Outcome::Intended, intent),
        entry(
            Actor::Host,
            link,
            task(),
            Outcome::Unknown,
            write(Some(person)),
        ),
    ];
    for (action, target, facts) in facts() {
        let done = Outcome::Done;
        all.push(entry(caller(true), Act::Host(action), target, done, facts));
    }
    for (actor, action, target, facts) in relay() {
        let done = Outcome::Done;
        all.push(entry(actor, Act::Host(action), target, done, facts));
    }
    for (action, facts) in of_one_tez() {
        let (tez, done) = (Target::Tez(id(TezId::new, 21)), Outcome::Done);
        all.push(entry(caller(false), Act::Host(action), tez, done, facts));
    }
    let bare = [
        (
            caller(false),
            Action::ListSkills,
            Target::Skill(crm()),
            Outcome::Failed("storage-full"),
        ),
        (
            operator,
            Action::RevokeGrant,
            Target::Grant(id(GrantId::new, 2)),
            Outcome::Done,
        ),
        (
            caller(false),
            Action::ApplyPlan,
            Target::Plan(id(PlanId::new, 3)),
            Outcome::Cancelled,
        ),
        (
            caller(false),
            Action::ReplayCall,
            Target::Invocation(id(InvocationId::new, 1)),
            Outcome::Done,
        ),
    ];
    for (actor, action, target, outcome) in bare {
        all.push(entry(
            actor,
            Act::Host(action),
            target,
            outcome,
            Facts::None,
        ));
    }
    all
}

/// Kept leaves must read the same for ever: a changed line here is a new version of the form.
#[test]
fn the_form_of_every_kind_of_entry() {
    let leaves: Vec<_> = entries().iter().map(leaf).collect();
    assert_snapshot!(leaves.join("\n"));
}

#[test]
fn a_leaf_is_canonical_json() {
    for entry in entries() {
        let leaf = leaf(&entry);
        let read: serde_json::Value = serde_json::from_str(&leaf).unwrap();
        assert_eq!(leaf, serde_json_canonicalizer::to_string(&read).unwrap());
    }
}
