use super::Faults;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;

const FILTER: &str = "info";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    format: Option<String>,
    filter: Option<String>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object on each line.
    Json,
}

/// What is logged, to standard error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
    /// Directives such as `info,skillgate_server=debug`.
    pub(crate) filter: String,
}

pub(super) fn read(file: File, faults: &mut Faults) -> Log {
    let format = match file.format.as_deref() {
        None | Some("text") => LogFormat::Text,
        Some("json") => LogFormat::Json,
        Some(_) => {
            faults.add("log.format", "must be \"text\" or \"json\"");
            LogFormat::Text
        }
    };
    let filter = file.filter.unwrap_or_else(|| FILTER.to_owned());
    if let Err(error) = EnvFilter::try_new(&filter) {
        faults.add("log.filter", error.to_string());
    }
    Log { format, filter }
}
