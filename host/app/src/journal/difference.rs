//! How a run differs from the recorded one.

use super::{Ending, HostCall};
use crate::json;
use crate::json::diff::{self, Difference as Place, differences};
use serde_json::Value;
use skillgate_domain::ids::ConfigKey;
use skillgate_domain::limits::{JSON_DEPTH_MAX, OUTPUT_BYTES_MAX};
use std::fmt;

/// Longest text of a host call or of a line of the log that is shown, in bytes; the rest is cut.
pub const SHOWN_BYTES_MAX: usize = 1_000;

/// One difference of a run from the recorded one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// Another call of the CRM than the recorded one, or one that only one of the two made.
    Call {
        /// Its number among the calls of the CRM, from 1.
        number: u32,
        /// What was asked then.
        recorded: Option<String>,
        /// What is asked now.
        now: Option<String>,
    },
    /// The same call of the CRM asks for something else.
    Request {
        /// Its number, from 1.
        number: u32,
        /// Its name.
        call: String,
        /// Where, from what to what.
        place: Place,
    },
    /// A call of the CRM after the first that differs, which nobody can answer.
    Unanswered {
        /// Its number, from 1.
        number: u32,
        /// What is asked.
        now: String,
    },
    /// The log differs from this line on.
    Log {
        /// The line's number, from 1.
        line: u32,
        /// What it said.
        recorded: Option<String>,
        /// What it says.
        now: Option<String>,
    },
    /// The clock is asked another number of times.
    Clock {
        /// How often it was.
        recorded: usize,
        /// How often it is.
        now: usize,
    },
    /// A setting is asked for that was not.
    Setting(ConfigKey),
    /// The output differs.
    Output(Place),
    /// It ends otherwise.
    Ended {
        /// How it ended.
        recorded: String,
        /// How it ends.
        now: String,
    },
}

impl Difference {
    /// Returns the word for what differs.
    pub const fn what(&self) -> &'static str {
        match self {
            Self::Call { .. } | Self::Request { .. } => "call",
            Self::Unanswered { .. } => "unanswered-call",
            Self::Log { .. } => "log",
            Self::Clock { .. } => "clock",
            Self::Setting(_) => "setting",
            Self::Output(_) => "output",
            Self::Ended { .. } => "ending",
        }
    }

    /// Compares a call with the recorded one.
    pub(super) fn calls(
        number: u32,
        recorded: Option<&HostCall>,
        now: Option<&HostCall>,
    ) -> Vec<Self> {
        match (recorded, now) {
            (Some(recorded), Some(now)) if recorded.call == now.call => {
                let (places, _) = differences(&recorded.request, &now.request);
                let of = |place| Self::Request {
                    number,
                    call: now.call.clone(),
                    place,
                };
                places.into_iter().map(of).collect()
            }
            (recorded, now) => vec![Self::Call {
                number,
                recorded: recorded.map(HostCall::shown),
                now: now.map(HostCall::shown),
            }],
        }
    }

    /// Compares how two runs ended.
    pub(super) fn endings(recorded: &Ending, now: &Ending) -> Vec<Self> {
        match (recorded, now) {
            // Nobody saw how it would have ended.
            (Ending::Cancelled, _) => Vec::new(),
            (recorded, now) if recorded == now => Vec::new(),
            (Ending::Output(recorded), Ending::Output(now)) => outputs(recorded, now),
            (Ending::LongOutput(recorded), Ending::Output(now)) => {
                if *recorded == crate::digest::sha256(now.as_bytes()) {
                    return Vec::new();
                }
                vec![Self::Output(Place {
                    path: String::new(),
                    before: None,
                    after: None,
                })]
            }
            (recorded, now) => vec![Self::Ended {
                recorded: recorded.shown(),
                now: now.shown(),
            }],
        }
    }
}

/// Compares outputs as JSON. What is no JSON is compared as text.
fn outputs(recorded: &str, now: &str) -> Vec<Difference> {
    let read = |text: &str| {
        let read = json::parse(text.as_bytes(), OUTPUT_BYTES_MAX, JSON_DEPTH_MAX);
        read.unwrap_or_else(|_| Value::String(text.to_owned()))
    };
    let (places, _) = differences(&read(recorded), &read(now));
    places.into_iter().map(Difference::Output).collect()
}

/// Cuts a text that is too long to be shown.
pub(super) fn shown(text: String) -> String {
    diff::cut(&text, SHOWN_BYTES_MAX).unwrap_or(text)
}

impl HostCall {
    pub(super) fn shown(&self) -> String {
        let request = serde_json_canonicalizer::to_string(&self.request);
        let request = request.expect("what was read as JSON has a canonical form");
        shown(format!("{} {request}", self.call))
    }
}

impl Ending {
    fn shown(&self) -> String {
        match self {
            Self::Output(_) | Self::LongOutput(_) => "with an output".to_owned(),
            Self::Failed {
                code,
                message: Some(message),
            } => shown(format!("{code}: {message}")),
            Self::Failed { code, .. } => code.clone(),
            Self::Cancelled => "cancelled".to_owned(),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NONE: &str = "none";
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| NONE.to_owned());
        let value = |value: &Option<Value>| match value {
            Some(value) => value.to_string(),
            None => NONE.to_owned(),
        };
        match self {
            Self::Call {
                number,
                recorded,
                now,
            } => {
                let (recorded, now) = (or_none(recorded), or_none(now));
                write!(f, "call {number}: recorded {recorded}, now {now}")
            }
            Self::Request {
                number,
                call,
                place,
            } => write!(
                f,
                "call {number}: {call} differs at {}: recorded {}, now {}",
                place.path,
                value(&place.before),
                value(&place.after)
            ),
            Self::Unanswered { number, now } => {
                write!(f, "call {number}: {now} cannot be answered any more")
            }
            Self::Log {
                line,
                recorded,
                now,
            } => {
                let (recorded, now) = (or_none(recorded), or_none(now));
                write!(
                    f,
                    "log differs from line {line} on: recorded {recorded}, now {now}"
                )
            }
            Self::Clock { recorded, now } => {
                write!(f, "calls of clock.now-ms: recorded {recorded}, now {now}")
            }
            Self::Setting(key) => write!(f, "setting {key}: not asked for when it was recorded"),
            Self::Output(place) if place.path.is_empty() && place.before.is_none() => {
                f.write_str("output differs")
            }
            Self::Output(place) => write!(
                f,
                "output differs at {}: recorded {}, now {}",
                place.path,
                value(&place.before),
                value(&place.after)
            ),
            Self::Ended { recorded, now } => {
                write!(f, "ended otherwise: recorded {recorded}, now {now}")
            }
        }
    }
}
