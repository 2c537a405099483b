use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::task::JoinError;
use tokio_util::task::TaskTracker;
use tower::{Service, ServiceExt};

type Answer = Result<Response<Body>, JoinError>;

/// Answers each request on a task of its own.
///
/// A skill's host call runs on the skill's own small stack. A parser that measures how much of the
/// thread's stack is left finds none there and refuses every document.
#[derive(Clone)]
pub(crate) struct OwnTask {
    router: Router,
    tasks: TaskTracker,
}

impl OwnTask {
    /// Wraps a router.
    pub(crate) fn new(router: Router) -> Self {
        let tasks = TaskTracker::new();
        Self { router, tasks }
    }
}

impl Service<Request<Body>> for OwnTask {
    type Response = Response<Body>;
    type Error = JoinError;
    type Future = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), JoinError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let work = self.tasks.spawn(self.router.clone().oneshot(request));
        Box::pin(async move {
            let Ok(response) = work.await?;
            Ok(response)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::task::JoinSet;

    #[tokio::test]
    async fn the_work_is_not_done_where_it_is_asked_for() {
        let here = || async { tokio::task::id().to_string() };
        let service = OwnTask::new(Router::new().route("/", get(here)));
        let mut callers = JoinSet::new();
        callers.spawn(async move {
            let request = Request::get("/").body(Body::empty()).unwrap();
            let answer = service.oneshot(request).await.unwrap().into_body();
            let there = axum::body::to_bytes(answer, 100).await.unwrap();
            assert!(!there.is_empty());
            assert_ne!(there, tokio::task::id().to_string().as_bytes());
        });
        callers.join_next().await.unwrap().unwrap();
    }
}
