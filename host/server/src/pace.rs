//! How often one address may ask: so many requests within a minute of its first one.

use crate::auth::peer;
use crate::limits::{PACE_WINDOW, PACED_ADDRESSES_MAX, PACED_REQUESTS_MAX};
use crate::problem::{Kind, Problem};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use skillgate_app::ports::Clock;
use skillgate_domain::time::Timestamp;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The part of an IPv6 address that is given to one customer.
const CUSTOMER: u128 = !0 << 64;

/// Requests of a while, by address.
pub(crate) struct Pace {
    clock: Arc<dyn Clock>,
    windows: Mutex<Windows>,
}

/// What is counted. Where there are too many addresses, the later ones are counted as one.
#[derive(Default)]
struct Windows {
    by_address: HashMap<IpAddr, Window>,
    of_others: Window,
}

#[derive(Clone, Copy)]
struct Window {
    since: Timestamp,
    requests: u32,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            since: Timestamp::from_unix_ms(i64::MIN),
            requests: 0,
        }
    }
}

impl Window {
    fn is_over(&self, now: Timestamp) -> bool {
        now < self.since || self.since.plus(PACE_WINDOW) <= now
    }

    /// Counts a request, or says when to come back.
    fn count(&mut self, now: Timestamp) -> Result<(), Duration> {
        if self.is_over(now) {
            *self = Self {
                since: now,
                requests: 0,
            };
        }
        if self.requests >= PACED_REQUESTS_MAX {
            let left = self.since.plus(PACE_WINDOW).unix_ms() - now.unix_ms();
            let left = u64::try_from(left).unwrap_or_default();
            return Err(Duration::from_millis(left));
        }
        self.requests += 1;
        Ok(())
    }
}

impl Windows {
    fn of(&mut self, address: Option<IpAddr>, now: Timestamp) -> &mut Window {
        let Some(address) = address.map(customer) else {
            return &mut self.of_others;
        };
        let full = self.by_address.len() >= PACED_ADDRESSES_MAX;
        if full && !self.by_address.contains_key(&address) {
            self.by_address.retain(|_, window| !window.is_over(now));
            if self.by_address.len() >= PACED_ADDRESSES_MAX {
                return &mut self.of_others;
            }
        }
        self.by_address.entry(address).or_default()
    }
}

/// Whoever has an IPv6 network has all its addresses.
fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & CUSTOMER).into(),
        IpAddr::V4(address) => address.into(),
    }
}

impl Pace {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            windows: Mutex::default(),
        }
    }

    fn count(&self, address: Option<IpAddr>) -> Result<(), Duration> {
        let now = self.clock.now();
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.of(address, now).count(now)
    }
}

/// Lets a request pass, or tells it to come back.
pub(crate) async fn paced(State(pace): State<Arc<Pace>>, request: Request, next: Next) -> Response {
    let address = peer(request.extensions()).map(|peer| peer.ip());
    match pace.count(address) {
        Ok(()) => next.run(request).await,
        Err(after) => Problem::new(Kind::RateLimited)
            .retry_after(after)
            .into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    struct At(AtomicI64);

    impl Clock for At {
        fn now(&self) -> Timestamp {
            Timestamp::from_unix_ms(self.0.load(Ordering::Relaxed))
        }
    }

    fn pace() -> (Arc<At>, Pace) {
        let clock = Arc::new(At(AtomicI64::new(1_000)));
        (clock.clone(), Pace::new(clock))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// Uses up what an address has.
    fn use_up(pace: &Pace, of: IpAddr) {
        for number in 0..PACED_REQUESTS_MAX {
            assert_eq!(pace.count(Some(of)), Ok(()), "{number}");
        }
        assert!(pace.count(Some(of)).is_err());
    }

    #[test]
    fn so_many_requests_within_a_minute() {
        let (clock, pace) = pace();
        let one = address("192.0.2.1");
        use_up(&pace, one);
        assert_eq!(pace.count(Some(one)), Err(PACE_WINDOW));
        assert_eq!(pace.count(address("192.0.2.2").into()), Ok(()));
        clock.0.fetch_add(59_999, Ordering::Relaxed);
        assert_eq!(pace.count(Some(one)), Err(Duration::from_millis(1)));
        clock.0.fetch_add(1, Ordering::Relaxed);
        use_up(&pace, one);
        // A clock that goes back locks nobody out.
        clock.0.store(0, Ordering::Relaxed);
        assert_eq!(pace.count(Some(one)), Ok(()));
    }

    #[test]
    fn an_address_has_one_spelling() {
        let (_, pace) = pace();
        for (one, another, same) in [
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
        ] {
            use_up(&pace, address(one));
            assert_eq!(
                pace.count(Some(address(another))).is_err(),
                same,
                "{another}"
            );
        }
    }

    #[test]
    fn many_addresses_take_no_more_than_their_place() {
        let (clock, pace) = pace();
        let numbered = |number: u32| Some(IpAddr::from(number.to_be_bytes()));
        let places = u32::try_from(PACED_ADDRESSES_MAX).unwrap();
        for number in 0..places {
            assert_eq!(pace.count(numbered(number)), Ok(()));
        }
        // Those who come later share what one has; those who were there keep theirs.
        for number in places..places + PACED_REQUESTS_MAX {
            assert_eq!(pace.count(numbered(number)), Ok(()));
        }
        assert!(pace.count(numbered(u32::MAX)).is_err());
        assert_eq!(pace.count(numbered(0)), Ok(()));
        assert_eq!(
            pace.windows.lock().unwrap().by_address.len(),
            PACED_ADDRESSES_MAX
        );
        clock.0.fetch_add(60_000, Ordering::Relaxed);
        assert_eq!(pace.count(numbered(u32::MAX)), Ok(()));
        assert_eq!(pace.windows.lock().unwrap().by_address.len(), 1);
    }
}
