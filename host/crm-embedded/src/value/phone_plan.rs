//! A small numbering plan: enough to split the numbers people write, not a phone library.

/// One country of the plan.
pub(super) struct Country {
    /// ISO 3166 code.
    pub(super) code: &'static str,
    /// Calling code with its plus sign.
    pub(super) calling: &'static str,
    /// What is dialled before a national number, and is not part of it.
    trunk: &'static str,
    /// Least and most digits of a national number without trunk prefix.
    digits: (usize, usize),
}

/// The first country of a calling code is the one a bare international number belongs to.
const PLAN: &[Country] = &[
    country("US", "+1", "1", (10, 10)),
    country("CA", "+1", "1", (10, 10)),
    country("FR", "+33", "0", (9, 9)),
    country("GB", "+44", "0", (9, 10)),
    country("DE", "+49", "0", (6, 13)),
    country("BE", "+32", "0", (8, 9)),
    country("NL", "+31", "0", (9, 9)),
    country("LU", "+352", "", (6, 11)),
    country("CH", "+41", "0", (9, 9)),
    country("AT", "+43", "0", (7, 13)),
    country("ES", "+34", "", (9, 9)),
    country("PT", "+351", "", (9, 9)),
    country("IT", "+39", "", (8, 11)),
    country("IE", "+353", "0", (7, 9)),
    country("DK", "+45", "", (8, 8)),
    country("SE", "+46", "0", (7, 10)),
    country("NO", "+47", "", (8, 8)),
    country("FI", "+358", "0", (6, 11)),
    country("PL", "+48", "", (9, 9)),
    country("AU", "+61", "0", (9, 9)),
    country("NZ", "+64", "0", (8, 10)),
    country("IN", "+91", "0", (10, 10)),
    country("JP", "+81", "0", (9, 10)),
    country("BR", "+55", "0", (10, 11)),
    country("MX", "+52", "", (10, 10)),
    country("ZA", "+27", "0", (9, 9)),
    country("SG", "+65", "", (8, 8)),
    country("AE", "+971", "0", (8, 9)),
    country("IL", "+972", "0", (8, 9)),
];

const fn country(
    code: &'static str,
    calling: &'static str,
    trunk: &'static str,
    digits: (usize, usize),
) -> Country {
    Country {
        code,
        calling,
        trunk,
        digits,
    }
}

impl Country {
    /// Finds a country by its ISO code.
    pub(super) fn by_code(code: &str) -> Option<&'static Self> {
        PLAN.iter().find(|country| country.code == code)
    }

    /// Finds the first country of a calling code, with or without its plus sign.
    pub(super) fn by_calling(calling: &str) -> Option<&'static Self> {
        let digits = calling.trim_start_matches('+');
        PLAN.iter().find(|country| &country.calling[1..] == digits)
    }

    /// Splits `+33612345678` into its country and the rest.
    pub(super) fn of_international(digits: &str) -> Option<(&'static Self, &str)> {
        PLAN.iter()
            .filter_map(|country| Some((country, digits.strip_prefix(&country.calling[1..])?)))
            .max_by_key(|(country, rest)| (country.calling.len(), country.accepts(rest)))
            .map(|(found, rest)| (Self::by_calling(found.calling).unwrap_or(found), rest))
    }

    /// Returns the national number without its trunk prefix, if the length is possible.
    pub(super) fn national(&self, digits: &str) -> Option<String> {
        if self.accepts(digits) && (self.trunk.is_empty() || !digits.starts_with(self.trunk)) {
            return Some(digits.to_owned());
        }
        let rest = digits.strip_prefix(self.trunk)?;
        self.accepts(rest).then(|| rest.to_owned())
    }

    fn accepts(&self, digits: &str) -> bool {
        (self.digits.0..=self.digits.1).contains(&digits.len())
    }
}
