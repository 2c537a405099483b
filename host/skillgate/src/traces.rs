//! Traces: spans of this program, in OTLP over HTTP, to the one collector that is configured.
//!
//! Only spans leave, and only those of this program: a log line of a guest stays in the log.

mod exporter;

use crate::config::Traces;
use exporter::Exporter;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanLimits,
};
use skillgate_connectors::transport::Transport;
use std::sync::Arc;
use std::time::Duration;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// Most spans that wait to be sent; more are dropped.
const WAITING_MAX: usize = 2_048;
/// Most spans sent at once.
const BATCH_MAX: usize = 512;
/// How long a span waits for others to be sent with.
const BATCH_DELAY: Duration = Duration::from_secs(5);
/// How long the last spans may take when the program ends.
const FLUSH_MAX: Duration = Duration::from_secs(5);
/// What spans of this program begin their target with.
const OWN_TARGET: &str = "skillgate";

/// Sends spans until it is ended.
pub(crate) struct Tracing(SdkTracerProvider);

impl Tracing {
    /// Starts to send spans. Whatever the environment's `OTEL_*` variables could change is given here.
    pub(crate) fn start(traces: &Traces, wire: Arc<dyn Transport>) -> Self {
        let exporter = Exporter::new(traces, wire);
        let batch = BatchConfigBuilder::default()
            .with_max_queue_size(WAITING_MAX)
            .with_max_export_batch_size(BATCH_MAX)
            .with_scheduled_delay(BATCH_DELAY)
            .build();
        let processor = BatchSpanProcessor::builder(exporter)
            .with_batch_config(batch)
            .build();
        let resource = Resource::builder_empty().with_service_name("skillgate");
        // A caller's wish to be sampled is not heard: its trace id decides, as any other does.
        let sampler = Sampler::TraceIdRatioBased(traces.sample_ratio);
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            .with_sampler(sampler)
            .with_span_limits(SpanLimits::default())
            .with_resource(resource.build())
            .build();
        Self(provider)
    }

    /// Makes what turns `tracing`'s spans into those that are sent.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer(OWN_TARGET))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(|metadata| {
                metadata.is_span() && metadata.target().starts_with(OWN_TARGET)
            }))
    }

    /// Sends what is left.
    pub(crate) async fn end(self) {
        let flush = move || self.0.shutdown_with_timeout(FLUSH_MAX);
        match tokio::task::spawn_blocking(flush).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!("the last spans were not sent: {error}"),
            Err(error) => tracing::warn!("the last spans were not sent: {error}"),
        }
    }
}
