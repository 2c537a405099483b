//! The caller's trace, continued (W3C Trace Context, level 1).

use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const TRACEPARENT: &str = "traceparent";
/// `00-`, 32 digits of the trace, 16 of the span, 2 of flags.
const TRACEPARENT_BYTES: usize = 55;

/// Makes `span` a child of the caller's, if the caller names one.
pub(super) fn continue_trace(span: &Span, headers: &HeaderMap) {
    let mut given = headers.get_all(TRACEPARENT).iter();
    let (first, second) = (given.next(), given.next());
    let text = first.filter(|_| second.is_none());
    let parent = text.and_then(|value| parse(value.to_str().ok()?));
    if let Some(parent) = parent {
        let parent = Context::new().with_remote_span_context(parent);
        // Nobody listens where traces are not configured, which is no fault.
        drop(span.set_parent(parent));
    }
}

/// Reads a parent. Later versions begin as this one does; what follows in them is left out.
fn parse(text: &str) -> Option<SpanContext> {
    let (head, rest) = text.split_at_checked(TRACEPARENT_BYTES)?;
    let [version, trace, span, flags] = head.split('-').collect::<Vec<_>>().try_into().ok()?;
    let hex = |part: &str, digits: usize| {
        part.len() == digits && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let sound = hex(version, 2) && hex(trace, 32) && hex(span, 16) && hex(flags, 2);
    let ends = rest.is_empty() || (version != "00" && rest.starts_with('-'));
    if !sound || !ends || version == "ff" {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let parent = SpanContext::new(trace, span, flags, true, TraceState::NONE);
    parent.is_valid().then_some(parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    #[test]
    fn a_parent_has_one_spelling() {
        let zero = "0".repeat(32);
        for (text, good) in [
            (format!("00-{TRACE}-{SPAN}-01"), true),
            (format!("00-{TRACE}-{SPAN}-00"), true),
            (format!("01-{TRACE}-{SPAN}-01"), true),
            (format!("01-{TRACE}-{SPAN}-01-more"), true),
            (format!("01-{TRACE}-{SPAN}-01more"), false),
            (format!("00-{TRACE}-{SPAN}-01-more"), false),
            (format!("ff-{TRACE}-{SPAN}-01"), false),
            (format!("00-{}-{SPAN}-01", TRACE.to_uppercase()), false),
            (format!("00-{zero}-{SPAN}-01"), false),
            (format!("00-{TRACE}-{}-01", &zero[..16]), false),
            (format!("00-{TRACE}-{SPAN}-0x"), false),
            (format!("00-{TRACE}{SPAN}--01"), false),
            (format!("00-{TRACE}-{SPAN}"), false),
            ("é".repeat(28), false),
            (String::new(), false),
        ] {
            let parent = parse(&text);
            assert_eq!(parent.is_some(), good, "{text}");
            if let Some(parent) = parent {
                assert_eq!(parent.trace_id().to_string(), TRACE);
                assert_eq!(parent.span_id().to_string(), SPAN);
                assert!(parent.is_remote());
            }
        }
    }
}
