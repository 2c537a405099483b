//! Single escapes: how long each is, and what it means.

/// Longest of the entities that are known, with both signs around it, and some zeros in front of a number.
const ENTITY_BYTES_MAX: usize = 16;

/// Entities of signs (HTML, section 13.5), as escapers write them.
const ENTITIES: [(&str, u8); 34] = [
    ("amp", b'&'),
    ("lt", b'<'),
    ("gt", b'>'),
    ("quot", b'"'),
    ("apos", b'\''),
    ("Tab", b'\t'),
    ("NewLine", b'\n'),
    ("excl", b'!'),
    ("num", b'#'),
    ("dollar", b'$'),
    ("percnt", b'%'),
    ("lpar", b'('),
    ("rpar", b')'),
    ("ast", b'*'),
    ("plus", b'+'),
    ("comma", b','),
    ("period", b'.'),
    ("sol", b'/'),
    ("colon", b':'),
    ("semi", b';'),
    ("equals", b'='),
    ("quest", b'?'),
    ("commat", b'@'),
    ("lsqb", b'['),
    ("lbrack", b'['),
    ("bsol", b'\\'),
    ("rsqb", b']'),
    ("rbrack", b']'),
    ("Hat", b'^'),
    ("lowbar", b'_'),
    ("grave", b'`'),
    ("lcub", b'{'),
    ("verbar", b'|'),
    ("rcub", b'}'),
];

/// What an escape means: up to four bytes.
#[derive(Clone, Copy)]
pub(super) struct Letter {
    bytes: [u8; 4],
    len: usize,
}

impl Letter {
    const NOTHING: Self = Self {
        bytes: [0; 4],
        len: 0,
    };

    const fn byte(byte: u8) -> Self {
        Self {
            bytes: [byte, 0, 0, 0],
            len: 1,
        }
    }

    fn char(letter: char) -> Self {
        let mut bytes = [0; 4];
        let len = letter.encode_utf8(&mut bytes).len();
        Self { bytes, len }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Reads `%41`.
pub(super) fn percent(rest: &[u8]) -> Option<(usize, Letter)> {
    Some((3, Letter::byte(hex(rest.get(1..3)?)?)))
}

/// Reads an escape of JSON, or one of the few that other languages have beside them.
pub(super) fn backslash(rest: &[u8]) -> Option<(usize, Letter)> {
    let letter = match *rest.get(1)? {
        sign @ (b'"' | b'\\' | b'/' | b'\'') => sign,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'x' => return Some((4, Letter::byte(hex(rest.get(2..4)?)?))),
        b'u' => return unicode(rest),
        _ => return None,
    };
    Some((2, Letter::byte(letter)))
}

/// Reads `\u0041`, or two of them that are one character. Half a character is none.
fn unicode(rest: &[u8]) -> Option<(usize, Letter)> {
    const BYTES: usize = r"\u0041".len();
    let first = unit(rest)?;
    if let Some(letter) = char::from_u32(u32::from(first)) {
        return Some((BYTES, Letter::char(letter)));
    }
    let pair = [first, unit(rest.get(BYTES..)?)?];
    let letter = char::decode_utf16(pair).next()?.ok()?;
    Some((2 * BYTES, Letter::char(letter)))
}

fn unit(rest: &[u8]) -> Option<u16> {
    let digits = rest.strip_prefix(br"\u")?.get(..4)?;
    u16::try_from(number(digits, 16)?).ok()
}

/// Reads an entity, which ends in a semicolon.
pub(super) fn entity(rest: &[u8]) -> Option<(usize, Letter)> {
    let near = &rest[..rest.len().min(ENTITY_BYTES_MAX)];
    let end = near.iter().position(|byte| *byte == b';')?;
    let letter = match &near[1..end] {
        [b'#', b'x' | b'X', digits @ ..] => Letter::char(char::from_u32(number(digits, 16)?)?),
        [b'#', digits @ ..] => Letter::char(char::from_u32(number(digits, 10)?)?),
        name => {
            let mut known = ENTITIES.iter();
            Letter::byte(known.find(|(known, _)| known.as_bytes() == name)?.1)
        }
    };
    Some((end + 1, letter))
}

/// Reads a break between two characters of a word, with the white space that continues the line.
pub(super) fn line_break(before: u8, rest: &[u8]) -> Option<(usize, Letter)> {
    let in_word = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte);
    if !in_word(before) {
        return None;
    }
    let white = |byte: &u8| matches!(byte, b'\r' | b'\n' | b' ' | b'\t');
    let len = rest.iter().position(|byte| !white(byte))?;
    in_word(rest[len]).then_some((len, Letter::NOTHING))
}

/// Reads two hexadecimal digits.
fn hex(digits: &[u8]) -> Option<u8> {
    u8::try_from(number(digits, 16)?).ok()
}

/// Reads digits and nothing else.
fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let mut number: u32 = 0;
    for digit in digits {
        let digit = char::from(*digit).to_digit(radix)?;
        number = number.checked_mul(radix)?.checked_add(digit)?;
    }
    (!digits.is_empty()).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(text: &str) -> Option<String> {
        let (len, letter) = entity(text.as_bytes())?;
        assert_eq!(len, text.len());
        Some(String::from_utf8(letter.bytes().to_vec()).unwrap())
    }

    #[test]
    fn every_entity_is_short_enough_to_be_read() {
        for (name, sign) in ENTITIES {
            let sign = char::from(sign).to_string();
            assert_eq!(meant(&format!("&{name};")), Some(sign), "{name}");
        }
    }

    #[test]
    fn an_entity_has_so_many_zeros_and_no_more() {
        let zeros = |bytes: usize| format!("&#{}65;", "0".repeat(bytes - "&#65;".len()));
        assert_eq!(meant(&zeros(ENTITY_BYTES_MAX)).as_deref(), Some("A"));
        assert_eq!(meant(&zeros(ENTITY_BYTES_MAX + 1)), None);
    }
}
