//! Pools: nobody sends over a connection that was opened for somebody else, and nobody takes all of them.

use super::service::{Service, Step, answer};
use super::*;
use skillgate_connectors::outbound::{POOLS_MAX, UNDER_WAY_MAX, UNDER_WAY_PER_POOL_MAX};
use tokio::task::JoinSet;

async fn arrives(http: &OutboundHttp, service: &Service, pool: &HttpPool) {
    let sent = http.send(pool, get(&service.at("/")), BYTES_MAX).await;
    assert_eq!(sent.map(|it| it.status), Ok(200), "{pool:?}");
}

#[tokio::test]
async fn a_connection_is_used_again_by_whom_it_was_opened_for_and_by_nobody_else() {
    let (service, http) = (Service::saying(answer("", "here")).await, to_loopback());
    let own = pool(1);
    let others = [
        pool(2),
        HttpPool {
            grant: None,
            ..pool(1)
        },
        HttpPool {
            skill: SkillName::parse("postman").unwrap(),
            ..pool(1)
        },
        HttpPool {
            community: CommunityId::parse("island").unwrap(),
            ..pool(1)
        },
    ];
    for _ in 0..3 {
        arrives(&http, &service, &own).await;
    }
    assert_eq!(service.connections(), 1);
    for (number, other) in (2..).zip(&others) {
        arrives(&http, &service, other).await;
        assert_eq!(service.connections(), number, "{other:?}");
    }
    // Each still has its own.
    for pool in std::iter::once(&own).chain(&others) {
        arrives(&http, &service, pool).await;
    }
    assert_eq!(service.connections(), 1 + others.len());
    let used: Vec<_> = service.heard().iter().map(|it| it.connection).collect();
    assert_eq!(used, [1, 1, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_connection_to_one_host_is_not_used_for_another() {
    let service = Service::saying(answer("", "here")).await;
    let http = way_out(egress(Dns::at(&[]).unwrap(), &["127.0.0.1", "localhost"]));
    for host in ["127.0.0.1", "localhost", "127.0.0.1", "localhost"] {
        let sent = send(&http, &service, get(&service.of(host))).await;
        assert_eq!(sent.map(|it| it.status), Ok(200));
    }
    let used: Vec<_> = service.heard().iter().map(|it| it.connection).collect();
    assert_eq!(used, [1, 2, 1, 2]);
}

#[tokio::test]
async fn of_one_pool_too_many_the_one_used_longest_ago_goes() {
    let service = Service::saying(answer("", "here")).await;
    let clock = HandClock::new();
    let declared = egress(Dns::at(&[]).unwrap(), &["127.0.0.1"]);
    let http = way_out_at(clock.clone(), declared);
    let all = || (0..POOLS_MAX as u128).map(pool);
    for pool in all() {
        arrives(&http, &service, &pool).await;
        clock.advance_ms(1);
    }
    assert_eq!(service.connections(), POOLS_MAX);
    // The first is used again: the second is the one that was used longest ago now.
    arrives(&http, &service, &pool(0)).await;
    assert_eq!(service.connections(), POOLS_MAX, "each is kept");
    clock.advance_ms(1);
    arrives(&http, &service, &pool(POOLS_MAX as u128)).await;
    assert_eq!(service.connections(), POOLS_MAX + 1);
    for kept in [0, 2, POOLS_MAX as u128 - 1] {
        arrives(&http, &service, &pool(kept)).await;
        assert_eq!(service.connections(), POOLS_MAX + 1, "{kept} is kept");
    }
    arrives(&http, &service, &pool(1)).await;
    assert_eq!(
        service.connections(),
        POOLS_MAX + 2,
        "gone, and opened anew"
    );
}

/// Requests that are under way, until the story lets them go on.
struct Story {
    service: Service,
    http: Arc<OutboundHttp>,
    sent: JoinSet<Result<Response, HttpError>>,
}

impl Story {
    async fn start() -> Self {
        let steps = [vec![Step::Wait], answer("", "here")].concat();
        Self {
            service: Service::saying(steps).await,
            http: Arc::new(to_loopback()),
            sent: JoinSet::new(),
        }
    }

    /// Sends so many more, and waits until they have arrived.
    async fn send(&mut self, grant: u128, count: usize) {
        let before = self.service.count();
        for _ in 0..count {
            let (http, url) = (Arc::clone(&self.http), self.service.at("/"));
            let sent = async move { send_as(grant, &http, get(&url)).await };
            self.sent.spawn(sent);
        }
        self.service.until_heard(before + count).await;
    }

    async fn is_busy(&self, grant: u128) {
        let before = self.service.count();
        let sent = send_as(grant, &self.http, get(&self.service.at("/"))).await;
        assert_eq!(sent, Err(HttpError::Busy), "{grant}");
        assert_eq!(self.service.count(), before);
    }

    /// Lets everything that waits go on, and sees it answered.
    async fn finish(&mut self) {
        self.service.go_on(self.sent.len());
        while let Some(sent) = self.sent.join_next().await {
            assert_eq!(sent.unwrap().map(|it| it.status), Ok(200));
        }
    }
}

#[tokio::test]
async fn one_module_has_so_many_requests_under_way() {
    let mut story = Story::start().await;
    story.send(1, UNDER_WAY_PER_POOL_MAX).await;
    story.is_busy(1).await;
    // Others go on, and so does the module when it has its answers.
    story.send(2, 1).await;
    story.finish().await;
    story.send(1, UNDER_WAY_PER_POOL_MAX).await;
    story.is_busy(1).await;
    story.finish().await;
}

#[tokio::test]
async fn of_a_pools_connections_two_wait_for_another_request() {
    let mut story = Story::start().await;
    for connections in [3, 4] {
        story.send(1, 3).await;
        story.finish().await;
        assert_eq!(story.service.connections(), connections);
    }
    story.send(1, 2).await;
    story.finish().await;
    assert_eq!(story.service.connections(), 4);
}

#[tokio::test]
async fn all_modules_together_have_so_many_requests_under_way() {
    let mut story = Story::start().await;
    let full = UNDER_WAY_MAX / UNDER_WAY_PER_POOL_MAX;
    for grant in 0..full as u128 {
        story.send(grant, UNDER_WAY_PER_POOL_MAX).await;
    }
    story.is_busy(1_000).await;
    // One is answered: one more may leave.
    story.service.go_on(1);
    let answered = story.sent.join_next().await.unwrap().unwrap();
    assert!(answered.is_ok());
    story.send(1_000, 1).await;
    story.is_busy(1_001).await;
    story.finish().await;
    story.send(1_001, 1).await;
    story.finish().await;
}

#[tokio::test]
async fn a_request_that_nobody_waits_for_any_more_leaves_its_place() {
    let mut story = Story::start().await;
    story.send(1, UNDER_WAY_PER_POOL_MAX).await;
    story.is_busy(1).await;
    story.sent.shutdown().await;
    story.send(1, UNDER_WAY_PER_POOL_MAX).await;
    story.is_busy(1).await;
}
