use crate::digest::of_parts;
use skillgate_domain::digest::Digest;
use skillgate_domain::tez::{ContextItem, Provenance};

/// Digests all that a Tez says.
pub(super) fn digest<'a>(
    surface_text: &str,
    action_requested: Option<&str>,
    context: impl IntoIterator<Item = &'a ContextItem>,
) -> Digest {
    let mut parts = Parts::default();
    parts.text(surface_text);
    parts.optional(action_requested);
    for item in context {
        parts.item(item);
    }
    of_parts(parts.0.iter().map(Vec::as_slice))
}

/// Texts in a row. What may be absent is one text or none behind its number.
#[derive(Default)]
struct Parts(Vec<Vec<u8>>);

impl Parts {
    fn text(&mut self, text: &str) {
        self.0.push(text.as_bytes().to_vec());
    }

    fn number(&mut self, number: usize) {
        self.text(&number.to_string());
    }

    fn optional(&mut self, text: Option<&str>) {
        self.number(usize::from(text.is_some()));
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn item(&mut self, item: &ContextItem) {
        self.text(item.layer.name());
        self.text(&item.content);
        self.optional(item.mime_type.as_deref());
        self.optional(item.confidence.map(|of| of.to_string()).as_deref());
        self.text(item.source.name());
        self.optional(item.derived_from.as_deref());
        self.number(usize::from(item.provenance.is_some()));
        if let Some(provenance) = &item.provenance {
            self.provenance(provenance);
        }
    }

    fn provenance(&mut self, provenance: &Provenance) {
        self.text(provenance.object.name());
        self.text(&provenance.record.to_string());
        self.optional(provenance.updated_at.as_deref());
        self.text(&provenance.fetched_at.unix_ms().to_string());
        self.number(provenance.fields.len());
        for field in &provenance.fields {
            self.text(field);
        }
    }
}
