//! Logs, to standard error, and spans to a collector where one is configured.

use crate::config::{Log, LogFormat};
use crate::traces::Tracing;
use std::io::IsTerminal;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, fmt, registry};

/// Starts logging. Only the first start counts.
pub(crate) fn start(log: &Log, traces: Option<&Tracing>) {
    let filter = EnvFilter::try_new(&log.filter).unwrap_or_default();
    let lines = fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let lines = match log.format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let started = registry()
        .with(lines.with_filter(filter))
        .with(traces.map(Tracing::layer))
        .try_init();
    if let Err(error) = started {
        tracing::debug!("logging was started before: {error}");
    }
}
