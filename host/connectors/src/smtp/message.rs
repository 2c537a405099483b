use lettre::Message;
use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use skillgate_app::ports::Letter;
use skillgate_domain::tez::DisplayName;
use std::time::{Duration, UNIX_EPOCH};

/// Writes a letter as a message of mail (RFC 5322, RFC 2045) with both its forms. Nothing, where it is none.
pub(super) fn of(letter: &Letter, from: &Mailbox) -> Option<(Envelope, Vec<u8>)> {
    let to = letter.to.as_str().parse().ok()?;
    let name = letter.name.as_ref().map(DisplayName::as_str);
    let ms = u64::try_from(letter.at.unix_ms()).unwrap_or_default();
    let mut message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(name.map(str::to_owned), to))
        .subject(&letter.subject)
        .date(UNIX_EPOCH + Duration::from_millis(ms))
        .message_id(Some(format!("<{}@{}>", letter.id, from.email.domain())))
        // Nobody answers it with a machine (RFC 3834).
        .raw_header(raw("Auto-Submitted", "auto-generated"));
    if let Some(link) = &letter.unsubscribe {
        // One click of the reader's own program (RFC 8058).
        message = message
            .raw_header(raw("List-Unsubscribe", &format!("<{link}>")))
            .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    let both = MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone());
    let message = message.multipart(both).ok()?;
    Some((message.envelope().clone(), message.formatted()))
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}
