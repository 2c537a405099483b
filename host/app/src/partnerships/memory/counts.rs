use super::MemoryPartnerships;
use crate::ports::{Answered, MoveCount, PartnershipCounts, Period, RelayCount, StorageError};
use async_trait::async_trait;
use skillgate_domain::ids::CommunityId;
use skillgate_domain::partnership::{MoveKind, Side};
use skillgate_domain::time::{Day, Timestamp};
use std::time::Duration;

/// A move of a partnership: when, what, and by which side.
type Made = (Timestamp, MoveKind, Option<Side>);

impl MemoryPartnerships {
    /// Lists all moves of each partnership of a community, the invitation first, with its side.
    fn made(&self, community: &CommunityId) -> Vec<(Side, Vec<Made>)> {
        let kept = self.kept();
        let own = kept.partnerships.values().filter_map(|(it, _, past)| {
            let side = it.side_of(community)?;
            let invited = (it.invitation.at, MoveKind::Invited, Some(Side::Source));
            let moves = past.iter().map(|it| {
                let change = &it.change;
                (change.at, change.moved.kind(), change.by.side())
            });
            Some((side, std::iter::once(invited).chain(moves).collect()))
        });
        own.collect()
    }
}

fn is_within(period: Period, at: Timestamp) -> bool {
    (period.begins()..period.is_over()).contains(&at)
}

#[async_trait]
impl PartnershipCounts for MemoryPartnerships {
    async fn count_moves(
        &self,
        community: &CommunityId,
        period: Period,
    ) -> Result<Vec<MoveCount>, StorageError> {
        let all = self.made(community).into_iter();
        let each = all.flat_map(|(side, moves)| moves.into_iter().map(move |it| (side, it)));
        let within = each.filter(|(_, (at, ..))| is_within(period, *at));
        let counted = within.map(|(side, (at, moved, by))| MoveCount {
            day: Day::of(at),
            moved,
            by_us: by.map(|by| by == side),
            count: 1,
        });
        Ok(counted.collect())
    }

    async fn count_relays(
        &self,
        community: &CommunityId,
        period: Period,
    ) -> Result<Vec<RelayCount>, StorageError> {
        let kept = self.kept();
        let own = kept.relays.iter().filter(|(of, _)| of == community);
        let days = period.first..=period.last;
        let within = own.filter(|(_, it)| days.contains(&it.day));
        Ok(within.map(|(_, it)| it.clone()).collect())
    }

    async fn answers(
        &self,
        community: &CommunityId,
        period: Period,
    ) -> Result<Vec<Answered>, StorageError> {
        use MoveKind::{Accepted, CounterOffered, Rejected};
        let each = self
            .made(community)
            .into_iter()
            .filter_map(|(side, moves)| {
                let (invited, ..) = *moves.first()?;
                let is_answer = |it: &&Made| matches!(it.1, Accepted | CounterOffered | Rejected);
                let (at, ..) = *moves.iter().find(is_answer)?;
                let ms = u64::try_from(at.unix_ms() - invited.unix_ms()).unwrap_or(0);
                is_within(period, at).then_some(Answered {
                    by_us: side == Side::Target,
                    after: Duration::from_millis(ms),
                })
            });
        Ok(each.collect())
    }
}
