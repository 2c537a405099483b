use super::text::{mime_type, sanitised};
use super::{
    ACTION_REQUESTED_CHARS_MAX, CONFIDENCE_MAX, CONTEXT_CONTENT_BYTES_MAX, CONTEXT_ITEMS_MAX,
    ContextItem, RECIPIENTS_MAX, SURFACE_TEXT_CHARS_MAX, TezDraft,
};

/// Longest word on what an item of context was concluded from, in characters.
pub const DERIVED_FROM_CHARS_MAX: usize = 500;

/// What a draft has too much or too little of. Told without its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DraftFault {
    /// The surface text.
    #[error("surfaceText must have 1 to {SURFACE_TEXT_CHARS_MAX} characters")]
    SurfaceText,
    /// The request for an action.
    #[error("actionRequested must have at most {ACTION_REQUESTED_CHARS_MAX} characters")]
    ActionRequested,
    /// Recipients.
    #[error("there can be at most {RECIPIENTS_MAX} recipients")]
    Recipients,
    /// Items of context.
    #[error("there can be at most {CONTEXT_ITEMS_MAX} context items")]
    ContextItems,
    /// An item's content.
    #[error("context.{0}.content must have 1 to {CONTEXT_CONTENT_BYTES_MAX} bytes")]
    Content(usize),
    /// An item's confidence.
    #[error("context.{0}.confidence must be 0 to {CONFIDENCE_MAX}")]
    Confidence(usize),
    /// What an item was concluded from.
    #[error("context.{0}.derivedFrom must have at most {DERIVED_FROM_CHARS_MAX} characters")]
    DerivedFrom(usize),
}

impl TezDraft {
    /// Returns the draft as a relay keeps it: its texts sanitised, each recipient once, nothing beyond
    /// its limit. What is kept is counted, not what was given.
    pub fn checked(mut self) -> Result<Self, DraftFault> {
        self.surface_text = sanitised(&self.surface_text);
        if !fits(&self.surface_text, SURFACE_TEXT_CHARS_MAX) || is_empty(&self.surface_text) {
            return Err(DraftFault::SurfaceText);
        }
        self.action_requested = self
            .action_requested
            .map(|text| sanitised(&text))
            .filter(|text| !is_empty(text));
        let action = self.action_requested.as_deref().unwrap_or_default();
        if !fits(action, ACTION_REQUESTED_CHARS_MAX) {
            return Err(DraftFault::ActionRequested);
        }
        if self.recipients.len() > RECIPIENTS_MAX {
            return Err(DraftFault::Recipients);
        }
        if self.context.len() > CONTEXT_ITEMS_MAX {
            return Err(DraftFault::ContextItems);
        }
        let mut once = Vec::with_capacity(self.recipients.len());
        for recipient in self.recipients {
            if !once.contains(&recipient) {
                once.push(recipient);
            }
        }
        self.recipients = once;
        let items = self.context.into_iter().enumerate();
        let items = items.map(|(number, item)| item.checked(number));
        self.context = items.collect::<Result<_, _>>()?;
        Ok(self)
    }
}

impl ContextItem {
    fn checked(mut self, number: usize) -> Result<Self, DraftFault> {
        self.content = sanitised(&self.content);
        if self.content.is_empty() || self.content.len() > CONTEXT_CONTENT_BYTES_MAX {
            return Err(DraftFault::Content(number));
        }
        if self.confidence.is_some_and(|it| it > CONFIDENCE_MAX) {
            return Err(DraftFault::Confidence(number));
        }
        let derived_from = self.derived_from.map(|text| sanitised(&text));
        self.derived_from = derived_from.filter(|text| !is_empty(text));
        let from = self.derived_from.as_deref().unwrap_or_default();
        if !fits(from, DERIVED_FROM_CHARS_MAX) {
            return Err(DraftFault::DerivedFrom(number));
        }
        self.mime_type = self.mime_type.map(|given| mime_type(&given).to_owned());
        Ok(self)
    }
}

/// Counts no further than it must.
pub(super) fn fits(text: &str, chars_max: usize) -> bool {
    text.chars().nth(chars_max).is_none()
}

fn is_empty(text: &str) -> bool {
    text.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::{ContextSource, Layer, TezKind, Urgency, Visibility};
    use super::*;
    use crate::ids::{TeamId, TezAddress};
    use uuid::Uuid;

    fn item(content: &str) -> ContextItem {
        ContextItem {
            layer: Layer::Fact,
            content: content.to_owned(),
            mime_type: None,
            confidence: None,
            source: ContextSource::Stated,
            derived_from: None,
            provenance: None,
        }
    }

    fn draft() -> TezDraft {
        TezDraft {
            team: TeamId::new(Uuid::nil()),
            kind: TezKind::Note,
            urgency: Urgency::Normal,
            visibility: Visibility::Team,
            surface_text: "text".to_owned(),
            action_requested: None,
            recipients: Vec::new(),
            context: Vec::new(),
        }
    }

    fn addresses(count: usize) -> Vec<TezAddress> {
        let address = |n: usize| TezAddress::parse(&format!("user-{n}")).unwrap();
        (0..count).map(address).collect()
    }

    type Change = Box<dyn Fn(&mut TezDraft)>;

    fn change(change: impl Fn(&mut TezDraft) + 'static) -> Change {
        Box::new(change)
    }

    fn surface(chars: usize) -> Change {
        change(move |draft| draft.surface_text = "é".repeat(chars))
    }

    fn action(chars: usize) -> Change {
        change(move |draft| draft.action_requested = Some("é".repeat(chars)))
    }

    fn recipients(count: usize) -> Change {
        change(move |draft| draft.recipients = addresses(count))
    }

    fn items(count: usize) -> Change {
        change(move |draft| draft.context = vec![item("fact"); count])
    }

    fn second_item(spoil: impl Fn(&mut ContextItem) + 'static) -> Change {
        change(move |draft| {
            let mut second = item("fact");
            spoil(&mut second);
            draft.context = vec![item("fact"), second];
        })
    }

    fn content(bytes: usize) -> Change {
        second_item(move |item| item.content = "x".repeat(bytes))
    }

    fn confidence(of: u8) -> Change {
        second_item(move |item| item.confidence = Some(of))
    }

    fn derived_from(chars: usize) -> Change {
        second_item(move |item| item.derived_from = Some("x".repeat(chars)))
    }

    #[test]
    fn everything_has_a_limit() {
        use DraftFault as F;
        for (at, past, fault) in [
            (
                surface(SURFACE_TEXT_CHARS_MAX),
                surface(SURFACE_TEXT_CHARS_MAX + 1),
                F::SurfaceText,
            ),
            (surface(1), surface(0), F::SurfaceText),
            (
                action(ACTION_REQUESTED_CHARS_MAX),
                action(ACTION_REQUESTED_CHARS_MAX + 1),
                F::ActionRequested,
            ),
            (
                recipients(RECIPIENTS_MAX),
                recipients(RECIPIENTS_MAX + 1),
                F::Recipients,
            ),
            (
                items(CONTEXT_ITEMS_MAX),
                items(CONTEXT_ITEMS_MAX + 1),
                F::ContextItems,
            ),
            (
                content(CONTEXT_CONTENT_BYTES_MAX),
                content(CONTEXT_CONTENT_BYTES_MAX + 1),
                F::Content(1),
            ),
            (content(1), content(0), F::Content(1)),
            (
                confidence(CONFIDENCE_MAX),
                confidence(CONFIDENCE_MAX + 1),
                F::Confidence(1),
            ),
            (
                derived_from(DERIVED_FROM_CHARS_MAX),
                derived_from(DERIVED_FROM_CHARS_MAX + 1),
                F::DerivedFrom(1),
            ),
        ] {
            let checked = |change: &Change| {
                let mut draft = draft();
                change(&mut draft);
                draft.clone().checked().map(|kept| assert_eq!(kept, draft))
            };
            assert_eq!(checked(&at), Ok(()), "{fault}");
            assert_eq!(checked(&past), Err(fault));
        }
    }

    #[test]
    fn texts_are_kept_as_they_are_seen() {
        let hidden = ContextItem {
            mime_type: Some("application/x-evil".to_owned()),
            derived_from: Some("\u{200b}".to_owned()),
            ..item("a \u{202e}fact")
        };
        let twice = TezAddress::parse("mia").unwrap();
        let given = TezDraft {
            surface_text: "hand\u{200b}over".to_owned(),
            action_requested: Some(" \u{feff}".to_owned()),
            recipients: vec![twice.clone(), twice.clone()],
            context: vec![hidden],
            ..draft()
        };
        let kept = given.checked().unwrap();
        assert_eq!(kept.surface_text, "handover");
        assert_eq!(kept.action_requested, None);
        assert_eq!(kept.recipients, [twice]);
        assert_eq!(kept.context[0].content, "a fact");
        assert_eq!(kept.context[0].mime_type.as_deref(), Some("text/plain"));
        assert_eq!(kept.context[0].derived_from, None);
        let unseen = TezDraft {
            surface_text: "\u{200b}\n".to_owned(),
            ..draft()
        };
        assert_eq!(unseen.checked(), Err(DraftFault::SurfaceText));
    }
}
