use super::*;
use proptest::prelude::*;

const ROW: [&[u8]; 4] = [b"red", b"enrich", b"api-key", b"3"];
const NONCE: [u8; NONCE_BYTES] = [7; NONCE_BYTES];

fn key(byte: u8) -> SealingKey {
    SealingKey::parse(&hex::encode([byte; KEY_BYTES]).into()).unwrap()
}

fn sealed() -> Vec<u8> {
    key(1).seal(NONCE, &ROW, &"sk-0123456789".into())
}

fn opened(key: &SealingKey, bound_to: &[&[u8]], sealed: &[u8]) -> Result<String, OpenError> {
    let secret = key.open(bound_to, sealed)?;
    Ok(secret.expose_secret().to_owned())
}

#[test]
fn what_is_sealed_opens_where_it_was_sealed() {
    assert_eq!(opened(&key(1), &ROW, &sealed()).unwrap(), "sk-0123456789");
    let whole = HEAD_BYTES + "sk-0123456789".len() + TAG_BYTES;
    assert_eq!(sealed().len(), whole);
    assert!(!sealed().windows(4).any(|part| part == b"0123"));
}

#[test]
fn the_form_stays_what_it_is() {
    assert_eq!(
        hex::encode(sealed()),
        concat!(
            "01",
            "ab887ef9",
            "070707070707070707070707070707070707070707070707",
            "ee47a5d88cf87b403fdf472195",
            "aad68f7b73e82b9ff64406def13134a5",
        )
    );
}

#[test]
fn what_is_moved_stays_closed() {
    let moved: [&[&[u8]]; 8] = [
        &[b"blue", b"enrich", b"api-key", b"3"],
        &[b"red", b"other", b"api-key", b"3"],
        &[b"red", b"enrich", b"api-kez", b"3"],
        &[b"red", b"enrich", b"api-key", b"4"],
        &[b"red", b"enrich", b"api-key3"],
        &[b"redenrich", b"", b"api-key", b"3"],
        &[b"red", b"enrich", b"api-key", b"3", b""],
        &[],
    ];
    for row in moved {
        assert_eq!(opened(&key(1), row, &sealed()), Err(OpenError::Damaged));
    }
    assert!(opened(&key(1), &ROW, &sealed()).is_ok());
}

#[test]
fn a_bit_at_any_place_matters() {
    let whole = sealed();
    for bit in 0..whole.len() * 8 {
        let mut damaged = whole.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let code = opened(&key(1), &ROW, &damaged).unwrap_err().code();
        let expected = match bit / 8 {
            0 => "sealed-unknown-form",
            1..=ID_BYTES => "sealed-under-other-key",
            _ => "sealed-damaged",
        };
        assert_eq!(code, expected, "bit {bit}");
    }
}

#[test]
fn a_part_of_it_stays_closed() {
    let whole = sealed();
    for len in 0..whole.len() {
        let part = opened(&key(1), &ROW, &whole[..len]);
        assert_eq!(part, Err(OpenError::Damaged), "{len} bytes");
    }
    let longer = [&whole[..], &[0]].concat();
    assert_eq!(opened(&key(1), &ROW, &longer), Err(OpenError::Damaged));
}

#[test]
fn another_key_is_told_which_one_is_needed() {
    let error = opened(&key(2), &ROW, &sealed()).unwrap_err();
    let (sealed_under, ours) = (key(1).id(), key(2).id());
    assert_eq!(error, OpenError::OtherKey { sealed_under, ours });
    let told = format!("it is sealed under key {sealed_under}, and this is key {ours}");
    assert_eq!(error.to_string(), told);
    assert_eq!(ours.to_string().len(), 2 * ID_BYTES);
}

#[test]
fn what_is_longer_than_a_secret_is_none() {
    for (bytes, opens) in [(SECRET_BYTES_MAX, true), (SECRET_BYTES_MAX + 1, false)] {
        let sealed = key(1).seal(NONCE, &ROW, &"s".repeat(bytes).into());
        assert_eq!(opened(&key(1), &ROW, &sealed).is_ok(), opens);
    }
}

#[test]
fn keys_are_32_bytes_in_base64_or_hexadecimal() {
    let bytes: Vec<u8> = (0xe0..=0xff).collect();
    let standard = "4OHi4+Tl5ufo6err7O3u7/Dx8vP09fb3+Pn6+/z9/v8=";
    let url_safe = "4OHi4-Tl5ufo6err7O3u7_Dx8vP09fb3-Pn6-_z9_v8";
    let digits = hex::encode(&bytes);
    let id = SealingKey::parse(&digits.as_str().into()).unwrap().id();
    for text in [
        standard,
        standard.trim_end_matches('='),
        url_safe,
        &digits.to_uppercase(),
        &format!(" {digits}\r\n"),
    ] {
        assert_eq!(SealingKey::parse(&text.into()).unwrap().id(), id, "{text}");
    }
    for (text, code) in [
        ("", "sealing-key-length"),
        (&digits[..62], "sealing-key-length"),
        (&standard[..40], "sealing-key-length"),
        (&format!("{standard}AAAA"), "sealing-key-form"),
        (&format!("AAAA{standard}"), "sealing-key-length"),
        ("correct horse battery staple", "sealing-key-form"),
        (&digits.replace('f', "g"), "sealing-key-length"),
        (&standard.replace('+', "-"), "sealing-key-form"),
    ] {
        let refused = SealingKey::parse(&text.into()).unwrap_err();
        assert_eq!(refused.code(), code, "{text}");
    }
}

#[test]
fn a_key_does_not_show_itself() {
    let shown = format!("{:?}", key(1));
    assert_eq!(shown, format!("SealingKey({}, ..)", key(1).id()));
    assert!(!shown.contains("0101"));
}

proptest! {
    #[test]
    fn every_secret_opens_in_its_row_and_in_no_other(
        secret in "\\PC{1,64}",
        nonce in any::<[u8; NONCE_BYTES]>(),
        row in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..8), 0..5),
        other in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..8), 0..5),
    ) {
        let row: Vec<&[u8]> = row.iter().map(Vec::as_slice).collect();
        let other: Vec<&[u8]> = other.iter().map(Vec::as_slice).collect();
        let sealed = key(1).seal(nonce, &row, &secret.as_str().into());
        let same = opened(&key(1), &row, &sealed);
        prop_assert_eq!(same.as_deref(), Ok(secret.as_str()));
        prop_assert_eq!(opened(&key(1), &other, &sealed).is_ok(), row == other);
    }

    #[test]
    fn bytes_that_were_never_sealed_do_not_open(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        prop_assert!(opened(&key(1), &ROW, &bytes).is_err());
    }
}
