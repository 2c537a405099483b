use crate::config::Traces;
use bytes::Bytes;
use http::{Request, header};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use prost::Message;
use skillgate_connectors::transport::{Bounds, Guard, Transport};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

/// Bounds on one delivery. A collector's answer says little.
const BOUNDS: Bounds = Bounds {
    timeout: Duration::from_secs(10),
    answer_bytes_max: 64 * 1024,
};

/// Sends spans through the host's one way out.
#[derive(Debug)]
pub(super) struct Exporter {
    guard: Guard,
    url: String,
    resource: ResourceAttributesWithSchema,
    /// Spans are sent from a thread of their own; sockets belong to the runtime.
    runtime: Handle,
    tasks: TaskTracker,
}

impl Exporter {
    pub(super) fn new(traces: &Traces, wire: Arc<dyn Transport>) -> Self {
        Self {
            guard: Guard::new(traces.origin.clone(), wire),
            url: traces.url.clone(),
            resource: ResourceAttributesWithSchema::default(),
            runtime: Handle::current(),
            tasks: TaskTracker::new(),
        }
    }

    fn request(&self, batch: Vec<SpanData>) -> Result<Request<Bytes>, http::Error> {
        let spans = ExportTraceServiceRequest {
            resource_spans: group_spans_by_resource_and_scope(batch, &self.resource),
        };
        Request::post(&self.url)
            .header(header::CONTENT_TYPE, "application/x-protobuf")
            .body(spans.encode_to_vec().into())
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let failed = |why: &dyn std::fmt::Display| OTelSdkError::InternalFailure(why.to_string());
        let request = self.request(batch).map_err(|error| failed(&error))?;
        let guard = self.guard.clone();
        let sending = async move { guard.send(request, BOUNDS).await };
        let sent = self.tasks.spawn_on(sending, &self.runtime).await;
        let outcome = match sent {
            Ok(Ok(answer)) if answer.status().is_success() => return Ok(()),
            Ok(Ok(answer)) => failed(&answer.status()),
            Ok(Err(error)) => failed(&error),
            Err(error) => failed(&error),
        };
        tracing::warn!("spans were not taken: {outcome}");
        Err(outcome)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}
