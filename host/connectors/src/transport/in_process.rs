use super::{Bounds, Transport, TransportError};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use tokio_util::task::TaskTracker;
use tower::{Service, ServiceExt};

/// Calls a service in this process, so that a client can talk to an embedded server without a socket.
///
/// `B` is the body that the service takes. Each request is answered on a task of its own, as a server
/// would: a skill's host call runs on the skill's small stack, where a parser that measures how much of
/// the thread's stack is left finds none and refuses every document.
pub struct InProcess<S, B> {
    service: S,
    tasks: TaskTracker,
    body: PhantomData<fn(B)>,
}

impl<S, B> InProcess<S, B> {
    /// Wraps a service, for example an axum router.
    pub fn new(service: S) -> Self {
        Self {
            service,
            tasks: TaskTracker::new(),
            body: PhantomData,
        }
    }
}

impl<S, B> fmt::Debug for InProcess<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InProcess")
    }
}

#[async_trait]
impl<S, B, A> Transport for InProcess<S, B>
where
    S: Service<Request<B>, Response = Response<A>> + Clone + Send + Sync + 'static,
    S::Future: Send,
    B: From<Bytes> + Send + 'static,
    A: http_body::Body<Data = Bytes> + Send,
    A::Error: Into<Box<dyn Error + Send + Sync>>,
{
    async fn send(
        &self,
        request: Request<Bytes>,
        bounds: Bounds,
    ) -> Result<Response<Bytes>, TransportError> {
        let service = self.service.clone();
        let exchange = self.tasks.spawn(async move {
            let answer = service.oneshot(request.map(B::from)).await;
            let answer = answer.map_err(|_| TransportError::Broken)?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, bounds.answer_bytes_max);
            let body = body.collect().await.map_err(|e| cause(e.as_ref()))?;
            Ok(Response::from_parts(head, body.to_bytes()))
        });
        match tokio::time::timeout(bounds.timeout, exchange).await {
            Err(_) => Err(TransportError::Timeout),
            Ok(ended) => ended.unwrap_or(Err(TransportError::Broken)),
        }
    }
}

fn cause(error: &(dyn Error + Send + Sync + 'static)) -> TransportError {
    if error.is::<LengthLimitError>() {
        TransportError::TooLong
    } else {
        TransportError::Broken
    }
}
