//! Who is connected to this host, and how far each community has been told.

use super::Bearer;
use crate::limits::{SOCKETS_MAX, SOCKETS_OF_CALLER_MAX};
use crate::views::{self, EventView};
use serde::Serialize;
use skillgate_app::events::EventPage;
use skillgate_domain::event::Audience;
use skillgate_domain::ids::{AgentId, CommunityId, UserId};
use skillgate_domain::principal::Principal;
use socketioxide::extract::SocketRef;
use socketioxide::socket::Sid;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Who counts together.
type Caller = (CommunityId, UserId, Option<AgentId>);

/// The sockets of this host.
#[derive(Default)]
pub(super) struct Connected {
    places: Arc<Mutex<HashMap<Caller, usize>>>,
    present: Mutex<Present>,
}

#[derive(Default)]
struct Present {
    communities: HashMap<CommunityId, Followed>,
    /// Whether somebody looks for what there is to tell.
    is_followed: bool,
}

/// A community with people who are connected.
struct Followed {
    /// The number up to which they were told.
    told: u64,
    sockets: HashMap<Sid, Live>,
}

/// Whether somebody must begin to look for what there is to tell.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Joined {
    /// Nobody does.
    First,
    /// Somebody does.
    Next,
}

/// A place of a socket, given back when this is dropped.
pub(super) struct Place {
    places: Arc<Mutex<HashMap<Caller, usize>>>,
    caller: Caller,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = places.get_mut(&self.caller) {
            *count -= 1;
            if *count == 0 {
                places.remove(&self.caller);
            }
        }
    }
}

/// A socket whose client may hear something.
pub(super) struct Live {
    socket: SocketRef,
    bearer: Arc<Bearer>,
    audience: Audience,
    /// What the rights were made of when they were looked at, and when that was.
    looked: (i64, Instant),
    /// Whether it is to be cut off, as soon as it takes that in.
    ends: bool,
    _place: Arc<Place>,
}

/// A socket whose right is to be looked at.
pub(super) struct ToCheck {
    pub(super) community: CommunityId,
    pub(super) socket: Sid,
    pub(super) bearer: Arc<Bearer>,
}

/// What a client is told first: what it hears from now on.
#[derive(Serialize)]
struct Ready<'a> {
    community: &'a str,
    rooms: Vec<String>,
    /// The number of the last event that it is not told: it looks those up that it has missed.
    last: u64,
}

/// What stands beside each event.
#[derive(Serialize)]
struct Mark<'a> {
    community: &'a str,
    number: u64,
    at: Option<&'a str>,
}

impl Live {
    pub(super) fn new(
        socket: SocketRef,
        (bearer, place): (Arc<Bearer>, Arc<Place>),
        audience: Audience,
        looked: (i64, Instant),
    ) -> Self {
        Self {
            socket,
            bearer,
            audience,
            looked,
            ends: false,
            _place: place,
        }
    }

    /// Says something. A client that does not read is cut off, rather than left with gaps that it cannot see.
    fn say<T: Serialize>(&mut self, name: &str, what: &T) {
        if !self.ends && self.socket.emit(name, what).is_err() {
            self.ends = true;
        }
    }

    fn ready(&mut self, community: &CommunityId, told: u64) {
        let mut rooms = vec![format!("community:{community}")];
        if self.audience == Audience::Admins {
            rooms.push(format!("community:{community}:admins"));
        }
        let ready = Ready {
            community: community.as_str(),
            rooms,
            last: told,
        };
        self.say("ready", &ready);
    }
}

impl Connected {
    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Finds a place for one more socket of a caller.
    pub(super) fn place(&self, caller: &Principal) -> Option<Place> {
        let (community, user) = (caller.community.clone(), caller.user.clone());
        self.place_of((community, user, caller.agent.clone()))
    }

    fn place_of(&self, caller: Caller) -> Option<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.values().sum::<usize>() >= SOCKETS_MAX {
            return None;
        }
        let count = places.entry(caller.clone()).or_default();
        if *count >= SOCKETS_OF_CALLER_MAX {
            return None;
        }
        *count += 1;
        drop(places);
        Some(Place {
            places: Arc::clone(&self.places),
            caller,
        })
    }

    /// Has a socket hear what its community is told. `last` was the newest event before.
    pub(super) fn join(&self, community: &CommunityId, mut live: Live, last: u64) -> Joined {
        let mut present = self.present();
        let followed = present.communities.entry(community.clone());
        let followed = followed.or_insert_with(|| Followed {
            told: last,
            sockets: HashMap::new(),
        });
        live.ready(community, followed.told);
        followed.sockets.insert(live.socket.id, live);
        if std::mem::replace(&mut present.is_followed, true) {
            Joined::Next
        } else {
            Joined::First
        }
    }

    /// Forgets whoever has left, and returns how far each community was told; nothing when nobody is connected any
    /// more, and nobody follows then.
    pub(super) fn told(&self) -> Option<HashMap<CommunityId, u64>> {
        let mut present = self.present();
        present.communities.retain(|_, followed| {
            followed.sockets.retain(|_, live| live.socket.connected());
            !followed.sockets.is_empty()
        });
        if present.communities.is_empty() {
            present.is_followed = false;
            return None;
        }
        let told = present.communities.iter();
        Some(
            told.map(|(id, followed)| (id.clone(), followed.told))
                .collect(),
        )
    }

    /// Finds the sockets of a community whose rights were looked at when they were made of something else.
    pub(super) fn with_older_rights(&self, community: &CommunityId, rights: i64) -> Vec<ToCheck> {
        self.to_check(|id, live| id == community && live.looked.0 != rights)
    }

    /// Finds the sockets whose rights were not looked at for a while: tokens expire.
    pub(super) fn not_looked_at_for(&self, while_: Duration, now: Instant) -> Vec<ToCheck> {
        self.to_check(|_, live| now.duration_since(live.looked.1) >= while_)
    }

    fn to_check(&self, which: impl Fn(&CommunityId, &Live) -> bool) -> Vec<ToCheck> {
        let present = self.present();
        let mut found = Vec::new();
        for (community, followed) in &present.communities {
            let sockets = followed.sockets.iter();
            let due = sockets.filter(|(_, live)| !live.ends && which(community, live));
            found.extend(due.map(|(id, live)| ToCheck {
                community: community.clone(),
                socket: *id,
                bearer: Arc::clone(&live.bearer),
            }));
        }
        found
    }

    /// Says what a socket may hear now, or why it may not be connected any more.
    pub(super) fn checked(
        &self,
        it: &ToCheck,
        hears: Result<Audience, &'static str>,
        looked: (i64, Instant),
    ) {
        let mut present = self.present();
        let Some(followed) = present.communities.get_mut(&it.community) else {
            return;
        };
        let Some(live) = followed.sockets.get_mut(&it.socket) else {
            return;
        };
        live.looked = looked;
        match hears {
            Ok(audience) if audience == live.audience => {}
            Ok(audience) => {
                live.audience = audience;
                live.ready(&it.community, followed.told);
            }
            Err(code) => {
                live.say("refused", &serde_json::json!({ "code": code }));
                live.ends = true;
            }
        }
    }

    /// Tells a community's people of some events.
    pub(super) fn tell(&self, community: &CommunityId, page: &EventPage) {
        let each = page.events.iter();
        let each: Vec<(Audience, EventView)> = each
            .map(|event| {
                let audience = event.happened.audience();
                (audience, views::event(community, event, &page.known))
            })
            .collect();
        let mut present = self.present();
        let Some(followed) = present.communities.get_mut(community) else {
            return;
        };
        followed.told = page.read_up_to.max(followed.told);
        for live in followed.sockets.values_mut() {
            for (audience, event) in &each {
                if *audience == Audience::Admins && live.audience != Audience::Admins {
                    continue;
                }
                let mark = Mark {
                    community: community.as_str(),
                    number: event.number,
                    at: event.at.as_deref(),
                };
                live.say(event.event.name(), &(&event.data, &mark));
            }
        }
    }

    /// Cuts those off that are to be, as far as they take that in.
    pub(super) fn cut_off(&self) {
        let present = self.present();
        let sockets = present.communities.values().flat_map(|it| &it.sockets);
        let ends = sockets.filter(|(_, live)| live.ends);
        let ends: Vec<_> = ends.map(|(_, live)| live.socket.clone()).collect();
        drop(present);
        for socket in ends {
            // One that is full is tried again; one that is gone leaves by itself.
            let _tried = socket.disconnect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(number: usize) -> Caller {
        let community = CommunityId::parse("north").unwrap();
        (
            community,
            UserId::parse(&format!("user-{number}")).unwrap(),
            None,
        )
    }

    #[test]
    fn a_host_and_a_caller_have_so_many_places() {
        let connected = Connected::default();
        let callers = SOCKETS_MAX / SOCKETS_OF_CALLER_MAX;
        let mut places = Vec::new();
        for number in 0..callers {
            for _ in 0..SOCKETS_OF_CALLER_MAX {
                places.push(connected.place_of(caller(number)).unwrap());
            }
            assert!(connected.place_of(caller(number)).is_none(), "{number}");
        }
        while places.len() < SOCKETS_MAX {
            places.push(connected.place_of(caller(callers)).unwrap());
        }
        assert!(connected.place_of(caller(callers + 1)).is_none());
        // One that is given back can be had again, by somebody else.
        drop(places.pop());
        assert!(connected.place_of(caller(callers + 1)).is_some());
        drop(places);
        let left = connected.places.lock().unwrap();
        assert!(left.is_empty(), "{}", left.len());
    }
}
