use crate::partnership::{Message, NotificationKind, Partnership, Side, Standing};
use crate::tez::DisplayName;
use crate::words::words;

/// Longest link, in bytes.
pub const LINK_BYTES_MAX: usize = 2_000;

/// Something that happened in a community, as its platform reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// What kind of thing.
    pub kind: NotificationKind,
    /// On which board.
    pub board: Option<i64>,
    /// How many votes the post has that this is about.
    pub votes: Option<u32>,
    /// In one line.
    pub title: DisplayName,
    /// In more words.
    pub text: Option<Message>,
    /// Where to see it.
    pub link: Option<Link>,
}

/// Where to see something: a web address that can be shown to people of another community.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(String);

/// A text that is no link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a link must begin with https:// or http:// and a host, name no user, and have at most {LINK_BYTES_MAX} bytes of the characters of RFC 3986"
)]
pub struct NotALink;

impl Link {
    /// Checks that a text is a link: nothing that runs where it is clicked, and no host that looks like another one.
    pub fn parse(text: &str) -> Result<Self, NotALink> {
        let rest = text.strip_prefix("https://");
        let rest = rest.or_else(|| text.strip_prefix("http://"));
        let rest = rest.ok_or(NotALink)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let written = |c: char| c.is_ascii_graphic() && !"\"<>\\^`{|}".contains(c);
        let good = text.len() <= LINK_BYTES_MAX
            && text.chars().all(written)
            && !authority.is_empty()
            && !authority.contains('@');
        good.then(|| Self(text.to_owned())).ok_or(NotALink)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

words! {
    /// Why a partner is not told of something.
    Withheld {
        /// The partnership has stopped for a while.
        Suspended = "partnership-suspended",
        /// Nothing of this kind is sent to this partner.
        Kind = "kind-not-permitted",
        /// Nothing of this board is.
        Board = "board-not-permitted",
        /// The post has fewer votes than it needs.
        Votes = "too-few-votes",
        /// Within an hour this partner was sent as much as it may be.
        Hour = "hourly-limit-reached",
        /// Within a day.
        Day = "daily-limit-reached",
    }
}

impl Notification {
    /// Tells whether it is about a post, which has votes.
    const fn is_of_post(&self) -> bool {
        use NotificationKind as N;
        matches!(self.kind, N::Posts | N::Votes | N::Comments)
    }
}

impl Partnership {
    /// Decides whether one side's notification goes on to the other, which was sent `in_hour` within the last hour and
    /// `in_day` within the last day. A post of which no votes are told has none; only announcements may be of no board
    /// where boards are chosen.
    pub fn passes_on(
        &self,
        from: Side,
        notification: &Notification,
        (in_hour, in_day): (u64, u64),
    ) -> Result<(), Withheld> {
        if !matches!(self.standing, Standing::Accepted { .. }) {
            return Err(Withheld::Suspended);
        }
        let permitted = self.terms.sent_by(from);
        if !permitted.allows(notification.kind) {
            return Err(Withheld::Kind);
        }
        let filters = permitted.filters();
        let board_is_chosen = match notification.board {
            Some(board) => filters.boards.contains(&board),
            None => notification.kind == NotificationKind::Announcements,
        };
        if !filters.boards.is_empty() && !board_is_chosen {
            return Err(Withheld::Board);
        }
        let votes = notification.votes.unwrap_or(0);
        if notification.is_of_post() && votes < filters.min_votes {
            return Err(Withheld::Votes);
        }
        let rates = permitted.rates();
        if in_hour >= u64::from(rates.per_hour) {
            return Err(Withheld::Hour);
        }
        if in_day >= u64::from(rates.per_day) {
            return Err(Withheld::Day);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{CommunityId, PartnershipId, UserId};
    use crate::partnership::{
        Command, Filters, Invitation, Mover, Permissions, Rates, Relationship, Terms,
    };
    use crate::time::Timestamp;

    #[test]
    fn a_link_is_of_the_web() {
        let longest = format!("https://a.example/{}", "x".repeat(LINK_BYTES_MAX - 18));
        for (text, good) in [
            ("https://a.example/posts/7?x=1#comment-2", true),
            ("http://localhost:8080", true),
            (longest.as_str(), true),
            (&format!("{longest}x"), false),
            ("javascript:alert(1)", false),
            ("HTTPS://a.example", false),
            ("data:text/html,x", false),
            ("https://", false),
            ("https:///path", false),
            ("https://bank.example@evil.example/", false),
            ("https://a.example/two words", false),
            ("https://a.example/\u{202e}", false),
            ("https://a.example/\"><script>", false),
            ("/posts/7", false),
            ("", false),
        ] {
            assert_eq!(Link::parse(text).is_ok(), good, "{text}");
        }
    }

    fn partners(kinds: &[NotificationKind], boards: &[i64]) -> Partnership {
        let at = Timestamp::from_unix_ms(0);
        let invitation = Invitation {
            source: CommunityId::parse("red").unwrap(),
            target: CommunityId::parse("blue").unwrap(),
            relationship: Relationship::Partner,
            message: None,
            by: UserId::parse("ada").unwrap(),
            at,
        };
        let rates = Rates {
            per_hour: 2,
            per_day: 3,
        };
        let filters = Filters {
            min_votes: 3,
            boards: boards.iter().copied().collect(),
        };
        let kinds = kinds.iter().copied().collect();
        let terms = Terms {
            source_to_target: Permissions::new(kinds, rates, filters).unwrap(),
            ..Terms::default()
        };
        Partnership::begin(PartnershipId::new(1), invitation, terms)
    }

    fn moved(it: &Partnership, side: Side, command: Command) -> Partnership {
        let user = UserId::parse("bea").unwrap();
        let (by, at) = (Mover::Admin { side, user }, Timestamp::from_unix_ms(1));
        let moved = it.decide(command, &by, at).unwrap();
        let change = crate::partnership::Change { by, at, moved };
        it.after(&change).unwrap()
    }

    #[test]
    fn a_partner_is_told_what_it_may_know() {
        use NotificationKind as N;
        let accept = Command::Accept {
            message: None,
            terms: None,
        };
        let everything = moved(&partners(N::ALL, &[]), Side::Target, accept.clone());
        let chosen = [N::Posts, N::Boards, N::Announcements];
        let some = moved(&partners(&chosen, &[7, -8]), Side::Target, accept);
        let told = |of: &Partnership, kind, board, votes, sent| {
            let notification = Notification {
                kind,
                board,
                votes,
                title: DisplayName::parse("News").unwrap(),
                text: None,
                link: None,
            };
            let passed = of.passes_on(Side::Source, &notification, sent);
            passed.map_or_else(Withheld::name, |()| "told")
        };
        for (kind, board, votes, sent, expected) in [
            (N::Posts, None, Some(3), (0, 0), "told"),
            (N::Posts, None, Some(2), (0, 0), "too-few-votes"),
            (N::Posts, None, None, (0, 0), "too-few-votes"),
            (N::Comments, Some(1), Some(2), (0, 0), "too-few-votes"),
            (N::Votes, Some(1), Some(9), (0, 0), "told"),
            (N::Boards, Some(1), None, (0, 0), "told"),
            (N::Announcements, None, None, (1, 2), "told"),
            (N::Announcements, None, None, (2, 2), "hourly-limit-reached"),
            (N::Announcements, None, None, (0, 3), "daily-limit-reached"),
        ] {
            let found = told(&everything, kind, board, votes, sent);
            assert_eq!(found, expected, "{kind:?} {board:?} {votes:?} {sent:?}");
        }
        for (kind, board, votes, expected) in [
            (N::Posts, Some(7), Some(3), "told"),
            (N::Posts, Some(-8), Some(3), "told"),
            (N::Posts, Some(9), Some(3), "board-not-permitted"),
            (N::Posts, None, Some(3), "board-not-permitted"),
            (N::Announcements, None, None, "told"),
            (N::Announcements, Some(9), None, "board-not-permitted"),
            (N::Votes, Some(7), Some(3), "kind-not-permitted"),
        ] {
            let found = told(&some, kind, board, votes, (0, 0));
            assert_eq!(found, expected, "{kind:?} {board:?} {votes:?}");
        }
        let suspended = moved(&everything, Side::Target, Command::Suspend);
        let news = told(&suspended, N::Announcements, None, None, (0, 0));
        assert_eq!(news, "partnership-suspended");
    }

    #[test]
    fn each_side_sends_what_it_permits() {
        let accept = Command::Accept {
            message: None,
            terms: None,
        };
        let it = moved(&partners(&[], &[]), Side::Target, accept);
        let announced = Notification {
            kind: NotificationKind::Announcements,
            board: None,
            votes: None,
            title: DisplayName::parse("News").unwrap(),
            text: None,
            link: None,
        };
        let from = |side| it.passes_on(side, &announced, (0, 0));
        assert_eq!(from(Side::Source), Err(Withheld::Kind));
        assert_eq!(from(Side::Target), Ok(()));
    }
}
