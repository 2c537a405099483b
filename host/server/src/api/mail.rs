//! What leads here from a mail.

pub(crate) mod ask;
pub(crate) mod unsubscribe;

use crate::problem::{Kind, Problem};
use serde::Deserialize;
use skillgate_domain::member::MailKey;
use utoipa::IntoParams;

/// What stands in a mail's link.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MailLink {
    /// The key of the mail: 64 hexadecimal digits.
    key: String,
}

impl MailLink {
    fn read(&self) -> Result<MailKey, Problem> {
        let mut key = [0; 32];
        let read = hex::decode_to_slice(&self.key, &mut key);
        read.map_err(|_| Problem::with_detail(Kind::QueryInvalid, "key is no key of a mail"))?;
        Ok(MailKey::new(key))
    }
}
