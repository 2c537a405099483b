use crate::limits::{HANDSHAKES_MAX, SOCKET_CONNECT_MAX};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

/// Sockets that have not yet said who they are; each ends by itself after [`SOCKET_CONNECT_MAX`].
#[derive(Default)]
pub(super) struct Handshakes(Mutex<VecDeque<Instant>>);

impl Handshakes {
    /// Lets one more begin, if there is room.
    pub(super) fn begin(&self, now: Instant) -> bool {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |begun: &Instant| now.duration_since(*begun) >= SOCKET_CONNECT_MAX;
        while open.front().is_some_and(is_over) {
            open.pop_front();
        }
        let has_room = open.len() < HANDSHAKES_MAX;
        if has_room {
            open.push_back(now);
        }
        has_room
    }

    /// Says that one has come to its end. Which one does not matter: they are as many.
    pub(super) fn end(&self) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_begin_before_they_say_who_they_are() {
        let (handshakes, now) = (Handshakes::default(), Instant::now());
        for _ in 0..HANDSHAKES_MAX {
            assert!(handshakes.begin(now));
        }
        assert!(!handshakes.begin(now));
        handshakes.end();
        assert!(handshakes.begin(now));
        assert!(!handshakes.begin(now));
        assert!(handshakes.begin(now + SOCKET_CONNECT_MAX));
    }
}
