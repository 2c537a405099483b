use super::*;
use crate::communities::Known;
use crate::partnerships::memory::MemoryPartnerships;
use crate::ports::{Letter, MailId};
use async_trait::async_trait;
use skillgate_domain::community::Community;
use skillgate_domain::event::PartnershipNews;
use skillgate_domain::ids::{CommunityId, PartnershipId, ShortId, UserId};
use skillgate_domain::member::{EmailAddress, MailKey};
use skillgate_domain::partnership::{Message, MoveKind, Relationship, Side, Status};
use skillgate_domain::tez::DisplayName;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;

const NOW: Timestamp = Timestamp::from_unix_ms(1_790_000_000_000);

fn community(id: &str, name: &str) -> (CommunityId, Community) {
    let id = CommunityId::parse(id).unwrap();
    let community = Community {
        id: id.clone(),
        name: DisplayName::parse(name).unwrap(),
        short_id: ShortId::parse(id.as_str()).unwrap(),
        description: None,
        members: 0,
        version: 1,
        created_at: NOW,
        updated_at: NOW,
    };
    (id, community)
}

fn known_ones() -> Known {
    BTreeMap::from([
        community("north", "The North"),
        community("south", "<b>South</b> & Sons"),
    ])
}

fn ada() -> Member {
    Member {
        user: UserId::parse("ada").unwrap(),
        role: MemberRole::Admin,
        name: Some(DisplayName::parse("Ada").unwrap()),
        email: Some(EmailAddress::parse("ada@example.org").unwrap()),
        wants_mail: true,
        mail_key: MailKey::new([0xab; 32]),
        version: 1,
        joined_at: NOW,
        changed_at: NOW,
        left_at: None,
    }
}

/// The north, which was invited by the south or did invite it, is told of a move of one side.
fn mail(moved: MoveKind, was_invited: bool, by: Option<Side>) -> DueMail {
    let says = |text: &str| Some(Message::parse(text).unwrap());
    DueMail {
        id: MailId {
            community: CommunityId::parse("north").unwrap(),
            event: 3,
            user: UserId::parse("ada").unwrap(),
        },
        tries: 1,
        at: NOW,
        news: PartnershipNews {
            partnership: PartnershipId::new(7),
            version: 2,
            moved,
            status: Status::Suspended,
            partner: CommunityId::parse("south").unwrap(),
            was_invited,
            relationship: Relationship::Partner,
            invite_message: says("Shall we?"),
            by,
            words: says("Well <i>then</i>\nand so on"),
        },
        to: ada(),
    }
}

#[test]
fn each_move_is_told_to_each_side() {
    let known = known_ones();
    let mut table = String::new();
    for moved in MoveKind::ALL.iter().copied() {
        let movers: &[_] = match moved {
            MoveKind::Expired => &[None],
            _ => &[Some(Side::Source), Some(Side::Target)],
        };
        for by in movers {
            for was_invited in [false, true] {
                let it = mail(moved, was_invited, *by);
                let letter = letter::of(&it, &known, None);
                let told = letter.map_or_else(
                    || "-".to_owned(),
                    |it| {
                        let mut lines = it.text.lines().filter(|line| !line.is_empty());
                        let sentences = lines.nth(1).unwrap();
                        format!("{}\n    {sentences}", it.subject)
                    },
                );
                let by = by.map_or("nobody", Side::name);
                let side = if was_invited { "target" } else { "source" };
                writeln!(table, "{} by {by}, to {side}: {told}", moved.name()).unwrap();
            }
        }
    }
    insta::assert_snapshot!("told", table);
}

#[test]
fn a_letter_has_two_forms() {
    let it = mail(MoveKind::Rejected, false, Some(Side::Target));
    let host = Some("https://pa.example.org");
    let letter = letter::of(&it, &known_ones(), host).unwrap();
    let Letter { text, html, .. } = &letter;
    insta::assert_snapshot!("letter", format!("{text}\n=====\n{html}"));
    let key = "ab".repeat(32);
    let link = format!("https://pa.example.org/api/mail/unsubscribe?key={key}");
    assert_eq!(letter.unsubscribe.as_deref(), Some(link.as_str()));
    // The same at each try, and another for each event and each person.
    let again = DueMail {
        tries: 9,
        ..it.clone()
    };
    let id = |mail: &DueMail| letter::of(mail, &known_ones(), None).unwrap().id;
    assert_eq!(id(&it), id(&again));
    let mut other = it.clone();
    other.id.event += 1;
    assert_ne!(id(&it), id(&other));
    other = it.clone();
    other.id.user = UserId::parse("bob").unwrap();
    assert_ne!(id(&it), id(&other));
}

#[test]
fn what_fails_is_tried_again_for_a_while() {
    let busy = MailError::NotNow(Some(451));
    let mut it = mail(MoveKind::Accepted, true, Some(Side::Source));
    let (mut now, mut waits) = (NOW, Vec::new());
    let end = loop {
        match next_try(&it, busy, now) {
            Tried::Again(at) => {
                waits.push((at.unix_ms() - now.unix_ms()) / 1_000);
                now = at;
                it.tries += 1;
            }
            Tried::Over(end, at) => {
                assert_eq!(at, now);
                break end;
            }
        }
    };
    assert_eq!(end, MailEnd::GivenUp);
    assert_eq!(
        waits[..9],
        [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]
    );
    let total: i64 = waits.iter().sum();
    assert!((71 * 3_600..=72 * 3_600).contains(&total), "{total}");
    assert_eq!(
        next_try(&it, MailError::Refused(550), now),
        Tried::Over(MailEnd::Refused, now)
    );
}

/// An outbox with some mails, which keeps what came of them.
#[derive(Default)]
struct Kept {
    due: Mutex<Vec<DueMail>>,
    tried: Mutex<Vec<(u64, Tried)>>,
}

#[async_trait]
impl Outbox for Kept {
    async fn take_mails(
        &self,
        _: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueMail>, StorageError> {
        assert_eq!(until, NOW.plus(Duration::from_secs(15)));
        let mut due = self.due.lock().unwrap();
        let count = due.len().min(limit as usize);
        Ok(due.drain(..count).collect())
    }

    async fn mail_tried(&self, mail: &DueMail, tried: Tried) -> Result<bool, StorageError> {
        let mut all = self.tried.lock().unwrap();
        all.push((mail.id.event, tried));
        Ok(mail.id.event != 9)
    }
}

/// A server that answers by whom a mail is for.
struct Answers;

#[async_trait]
impl MailServer for Answers {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        match letter.to.as_str() {
            "gone@example.org" => Err(MailError::Refused(550)),
            "busy@example.org" => Err(MailError::NotNow(Some(451))),
            "silent@example.org" => std::future::pending().await,
            _ => Ok(()),
        }
    }

    async fn check(&self) -> Result<(), MailError> {
        Ok(())
    }
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_does_not_go_keeps_no_other_from_going() {
    let audit = Arc::<crate::audit::memory::MemoryAudit>::default();
    let communities = Arc::new(MemoryPartnerships::new(audit));
    let kept = Arc::<Kept>::default();
    let mailer = Mailer::new(
        (kept.clone(), communities),
        Arc::new(Answers),
        Arc::new(Still),
        Duration::from_secs(10),
    );
    let of = |event: u64, change: fn(&mut Member)| {
        let mut it = mail(MoveKind::Accepted, true, Some(Side::Source));
        it.id.event = event;
        change(&mut it.to);
        it
    };
    let to = |address: &str| Some(EmailAddress::parse(address).unwrap());
    let mut due = vec![
        of(1, |_| {}),
        of(2, |it| it.wants_mail = false),
        of(3, |it| it.role = MemberRole::Member),
        of(4, |it| it.left_at = Some(NOW)),
        of(5, |it| it.email = None),
        of(6, |_| {}),
        of(7, |_| {}),
        of(8, |_| {}),
        of(9, |_| {}),
    ];
    due[5].to.email = to("gone@example.org");
    due[6].to.email = to("busy@example.org");
    due[7].to.email = to("silent@example.org");
    *kept.due.lock().unwrap() = due;
    let at_once = MAILS_AT_ONCE as usize;
    for count in [at_once, at_once, 1, 0] {
        assert_eq!(mailer.send_due().await.unwrap(), count);
    }
    let mut tried = kept.tried.lock().unwrap().clone();
    tried.sort_by_key(|(event, _)| *event);
    let over = |end| Tried::Over(end, NOW);
    let again = Tried::Again(NOW.plus(FIRST_WAIT));
    let unwanted = over(MailEnd::Unwanted);
    let expected = [
        over(MailEnd::Sent),
        unwanted,
        unwanted,
        unwanted,
        unwanted,
        over(MailEnd::Refused),
        again,
        again,
        over(MailEnd::Sent),
    ];
    assert_eq!(tried, (1..).zip(expected).collect::<Vec<_>>());
}
