//! What a mail says.

use crate::communities::Known;
use crate::ports::{DueMail, Letter};
use askama::Template;
use sha2::{Digest as _, Sha256};
use skillgate_domain::event::PartnershipNews;
use skillgate_domain::ids::{CommunityId, UserId};
use skillgate_domain::member::MailKey;
use skillgate_domain::partnership::{Message, MoveKind, Relationship, Status};

/// Where one says that one wants no more mail.
const UNSUBSCRIBE: &str = "/api/mail/unsubscribe?key=";

/// What both forms of a mail are made of.
struct Words<'a> {
    /// What happened, in a few words.
    headline: &'static str,
    /// The community that is told.
    ours: &'a str,
    /// The other one.
    partner: &'a str,
    /// What happened, in a sentence or two.
    sentences: String,
    /// What whoever did it said, and who they are.
    said: Option<(&'a str, &'a str)>,
    number: i64,
    unsubscribe: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct Plain<'a> {
    it: &'a Words<'a>,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    it: &'a Words<'a>,
}

/// Writes a mail. Nothing, where nothing is mailed of what happened, or nobody has an address.
pub(super) fn of(mail: &DueMail, known: &Known, host: Option<&str>) -> Option<Letter> {
    let to = mail.to.email.clone()?;
    let name = |id| {
        known
            .get(id)
            .map_or(CommunityId::as_str(id), |it| it.name.as_str())
    };
    let (ours, partner) = (name(&mail.id.community), name(&mail.news.partner));
    let headline = headline(mail.news.moved)?;
    let unsubscribe = host.map(|host| unsubscribe(host, &mail.to.mail_key));
    let words = Words {
        headline,
        ours,
        partner,
        sentences: sentences(&mail.news, ours, partner),
        said: said(&mail.news, ours, partner),
        number: mail.news.partnership.number(),
        unsubscribe: unsubscribe.as_deref(),
    };
    Some(Letter {
        id: id(mail),
        at: mail.at,
        to,
        name: mail.to.name.clone(),
        subject: format!("{headline} - {partner}"),
        text: Plain { it: &words }.render().ok()?,
        html: Html { it: &words }.render().ok()?,
        unsubscribe,
    })
}

fn unsubscribe(host: &str, key: &MailKey) -> String {
    format!("{host}{UNSUBSCRIBE}{}", hex::encode(key.bytes()))
}

/// Says nothing of what it is made from to whoever reads it.
fn id(mail: &DueMail) -> String {
    let event = mail.id.event.to_string();
    let parts = [
        mail.id.community.as_str(),
        &event,
        UserId::as_str(&mail.id.user),
    ];
    hex::encode(&Sha256::digest(parts.join("\n").as_bytes())[..16])
}

/// What whoever moved it said, with who that is.
fn said<'a>(
    news: &'a PartnershipNews,
    ours: &'a str,
    partner: &'a str,
) -> Option<(&'a str, &'a str)> {
    let who = if news.is_by_us()? { ours } else { partner };
    let words = match news.moved {
        MoveKind::Invited => news.invite_message.as_ref(),
        _ => news.words.as_ref(),
    };
    words.map(|words| (who, Message::as_str(words)))
}

/// What happened, in a few words. Nothing, where nothing is mailed of it.
const fn headline(moved: MoveKind) -> Option<&'static str> {
    Some(match moved {
        MoveKind::Invited => "Partnership invitation",
        MoveKind::CounterOffered => "Partnership counter-offer",
        MoveKind::Accepted => "Partnership accepted",
        MoveKind::Rejected => "Partnership rejected",
        MoveKind::Cancelled => "Partnership invitation cancelled",
        MoveKind::Expired => "Partnership invitation expired",
        MoveKind::Suspended => "Partnership suspended",
        MoveKind::Reactivated => "Partnership reactivated",
        MoveKind::Ended => "Partnership ended",
        MoveKind::PermissionsSet => return None,
    })
}

/// What happened, in a sentence or two.
fn sentences(news: &PartnershipNews, ours: &str, partner: &str) -> String {
    let by_us = news.is_by_us().unwrap_or_default();
    let (who, whom) = if by_us {
        (ours, partner)
    } else {
        (partner, ours)
    };
    match news.moved {
        MoveKind::Invited => invited(news.relationship, by_us, (who, whom)),
        MoveKind::CounterOffered => counter_offered(by_us, (who, whom)),
        MoveKind::Accepted => {
            let what = if by_us == news.was_invited {
                "invitation"
            } else {
                "counter-offer"
            };
            format!("{who} has accepted the {what}. {ours} and {partner} are partners now.")
        }
        MoveKind::Rejected => format!("{who} has rejected the partnership."),
        MoveKind::Cancelled => format!("{who} has taken its invitation back."),
        MoveKind::Expired => {
            format!("Nobody answered the invitation between {ours} and {partner} within 30 days.")
        }
        MoveKind::Suspended => format!(
            "{who} has suspended the partnership. Until it lifts that, neither hears of the other or runs its modules."
        ),
        MoveKind::Reactivated => {
            let now = match news.status {
                Status::Suspended => format!("It stays suspended by {whom}."),
                _ => "It goes on.".to_owned(),
            };
            format!("{who} has lifted its suspension of the partnership. {now}")
        }
        MoveKind::Ended => {
            format!("{who} has ended the partnership. Neither runs modules of the other any more.")
        }
        MoveKind::PermissionsSet => String::new(),
    }
}

fn invited(relationship: Relationship, by_us: bool, (who, whom): (&str, &str)) -> String {
    let what = match relationship {
        Relationship::Partner => "to become its partner",
        Relationship::Ecosystem => "to become part of its ecosystem",
    };
    let answer = if by_us {
        "It has 30 days to answer."
    } else {
        "An admin can accept the invitation, propose other permissions, or reject it, within 30 days."
    };
    format!("{who} has invited {whom} {what}. {answer}")
}

fn counter_offered(by_us: bool, (who, whom): (&str, &str)) -> String {
    let offered = format!("{who} would accept the invitation with other permissions.");
    if by_us {
        return format!("{offered} {whom} decides now.");
    }
    format!(
        "{offered} An admin can accept the counter-offer as it is, or reject it, until the invitation expires."
    )
}
