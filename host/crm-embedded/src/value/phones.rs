//! PHONES: subfields merge, but a number is parsed with the codes sent beside it, not the stored ones.

use serde_json::{Map, Value, json};

use super::phone_plan::Country;
use super::{inspect, scalar};
use crate::fault::Fault;

/// A number split into its parts.
struct Phone {
    number: String,
    country: String,
    calling: String,
}

pub(super) fn write(
    field: &str,
    current: &Value,
    parts: &Map<String, Value>,
) -> Result<Value, Fault> {
    let text = |name: &str| match parts.get(name) {
        Some(input) => scalar::text(&format!("{field}.{name}"), input).map(Some),
        None => Ok(None),
    };
    let number = text("primaryPhoneNumber")?;
    let country = text("primaryPhoneCountryCode")?;
    let calling = text("primaryPhoneCallingCode")?;
    let additional = match parts.get("additionalPhones") {
        Some(input) => list(&format!("{field}.additionalPhones"), input)?,
        None => current["additionalPhones"].clone(),
    };
    let parsed = match number.as_ref().and_then(Value::as_str) {
        Some(digits) => Some(parse(
            digits,
            as_text(country.as_ref()),
            as_text(calling.as_ref()),
        )?),
        None => None,
    };
    let kept = |sent: Option<Value>, name: &str| sent.unwrap_or_else(|| current[name].clone());
    Ok(match parsed {
        Some(phone) => json!({
            "primaryPhoneNumber": phone.number,
            "primaryPhoneCountryCode": phone.country,
            "primaryPhoneCallingCode": phone.calling,
            "additionalPhones": additional,
        }),
        None => json!({
            "primaryPhoneNumber": kept(number, "primaryPhoneNumber"),
            "primaryPhoneCountryCode": kept(country, "primaryPhoneCountryCode"),
            "primaryPhoneCallingCode": kept(calling, "primaryPhoneCallingCode"),
            "additionalPhones": additional,
        }),
    })
}

fn as_text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

fn list(field: &str, input: &Value) -> Result<Value, Fault> {
    let items = match input {
        Value::Null => return Ok(Value::Null),
        Value::Array(items) => items,
        other => {
            let shown = inspect(other);
            return Err(Fault::bad(format!(
                "Invalid array value {shown} for field \"{field}\""
            )));
        }
    };
    let mut written = Vec::with_capacity(items.len());
    for item in items {
        let part = |name: &str| item[name].as_str().unwrap_or_default();
        let phone = parse(part("number"), part("countryCode"), part("callingCode"))?;
        written.push(json!({
            "number": phone.number,
            "countryCode": phone.country,
            "callingCode": phone.calling,
        }));
    }
    Ok(if written.is_empty() {
        Value::Null
    } else {
        json!(written)
    })
}

/// Splits a number. A national number needs a country or calling code beside it.
fn parse(number: &str, country: &str, calling: &str) -> Result<Phone, Fault> {
    let invalid = || {
        Fault::coded(
            format!("Provided phone number is invalid {number}"),
            "INVALID_PHONE_NUMBER",
        )
    };
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let punctuation = number
        .chars()
        .all(|c| c.is_ascii_digit() || " +-.()/".contains(c));
    if digits.is_empty() || !punctuation {
        return Err(invalid());
    }
    if !country.is_empty() && !is_country_code(country) {
        let message = format!("Invalid country code {country}");
        return Err(Fault::coded(message, "INVALID_PHONE_COUNTRY_CODE"));
    }
    let named = Country::by_code(country);
    if number.trim_start().starts_with('+') {
        let (found, rest) = Country::of_international(&digits).ok_or_else(invalid)?;
        let found = named
            .filter(|named| named.calling == found.calling)
            .unwrap_or(found);
        return split(found, rest).ok_or_else(invalid);
    }
    if let Some(found) = named.or_else(|| Country::by_calling(calling)) {
        return split(found, &digits).ok_or_else(invalid);
    }
    // A country outside the small plan: taken at its word when the calling code is there too.
    if country.is_empty() || calling.is_empty() {
        return Err(invalid());
    }
    Ok(Phone {
        number: digits,
        country: country.to_owned(),
        calling: calling.to_owned(),
    })
}

fn is_country_code(code: &str) -> bool {
    code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn split(country: &Country, digits: &str) -> Option<Phone> {
    Some(Phone {
        number: country.national(digits)?,
        country: country.code.to_owned(),
        calling: country.calling.to_owned(),
    })
}
