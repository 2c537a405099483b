use super::question::MODEL_CHARS_MAX;
use serde_json::Value;
use skillgate_app::ports::{PLANNED_TEXT_BYTES_MAX, PlannedText};

/// Reads the words of the first choice. Nothing, if there are none.
pub(super) fn read(body: &Value, asked: &str) -> Option<PlannedText> {
    let content = &body["choices"][0]["message"]["content"];
    let text = plain(&words(content)?);
    let model = body["model"].as_str().filter(|name| is_shown(name));
    (!text.is_empty()).then(|| PlannedText {
        text,
        model: model.unwrap_or(asked).to_owned(),
    })
}

/// Content is a text, or a list of parts of which some are text.
fn words(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let texts = parts.iter().filter(|part| part["type"] == "text");
            let texts: Vec<_> = texts.filter_map(|part| part["text"].as_str()).collect();
            Some(texts.join("\n"))
        }
        _ => None,
    }
}

/// Leaves control characters out, except line ends and tabs, and cuts what is too long.
fn plain(text: &str) -> String {
    let kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let text: String = text.chars().filter(kept).collect();
    let text = text.trim();
    let end = text.floor_char_boundary(PLANNED_TEXT_BYTES_MAX);
    text[..end].trim_end().to_owned()
}

fn is_shown(name: &str) -> bool {
    (1..=MODEL_CHARS_MAX).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(content: &Value) -> Option<String> {
        let body =
            json!({ "choices": [{ "message": { "role": "assistant", "content": content } }] });
        read(&body, "openclaw").map(|planned| planned.text)
    }

    #[test]
    fn words_come_whole_or_in_parts() {
        let parts = json!([
            { "type": "text", "text": "Call " },
            { "type": "image_url", "image_url": { "url": "https://a.test" }, "text": "no" },
            { "type": "text", "text": 1 },
            { "type": "text", "text": "Ada." },
        ]);
        for (content, text) in [
            (json!("Call Ada."), Some("Call Ada.")),
            (json!(" \n\tCall Ada.\r\n "), Some("Call Ada.")),
            (
                json!("a\tb\nc\u{0}\u{1b}[31md\u{7f}\u{85}\r"),
                Some("a\tb\nc[31md"),
            ),
            (parts, Some("Call \nAda.")),
            (json!([]), None),
            (json!(""), None),
            (json!(" \u{7}\n"), None),
            (json!(null), None),
            (json!({ "text": "x" }), None),
            (json!(1), None),
        ] {
            assert_eq!(said(&content).as_deref(), text, "{content}");
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let max = PLANNED_TEXT_BYTES_MAX;
        let length = |text: String| said(&json!(text)).unwrap().len();
        assert_eq!(length("x".repeat(max)), max);
        assert_eq!(length("x".repeat(max + 1)), max);
        assert_eq!(length(format!("x{}", "é".repeat(max))), max - 1);
        let spaced = format!("x{}y", " ".repeat(max));
        assert_eq!(length(spaced), 1, "no space at the end");
    }

    #[test]
    fn the_model_is_named_as_the_gateway_does() {
        let named = |model: &Value| {
            let body = json!({ "model": model, "choices": [{ "message": { "content": "x" } }] });
            read(&body, "openclaw/sales").unwrap().model
        };
        let longest = "m".repeat(MODEL_CHARS_MAX);
        assert_eq!(named(&json!("openclaw/other")), "openclaw/other");
        assert_eq!(named(&json!(longest)), longest);
        for odd in [json!(null), json!(""), json!("a b"), json!(longest + "m")] {
            assert_eq!(named(&odd), "openclaw/sales", "{odd}");
        }
    }

    #[test]
    fn an_answer_without_a_choice_is_none() {
        for body in [
            json!({}),
            json!([]),
            json!("x"),
            json!({ "choices": [] }),
            json!({ "choices": {} }),
            json!({ "choices": [{}] }),
            json!({ "choices": [{ "message": "x" }] }),
            json!({ "error": { "message": "secret" } }),
        ] {
            assert_eq!(read(&body, "openclaw"), None, "{body}");
        }
    }
}
