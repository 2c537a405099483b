use std::collections::BTreeMap;

/// The environment, read through one door so that tests can give their own.
#[derive(Clone)]
pub(crate) enum Environment {
    /// This process's.
    Process,
    /// A given one.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests give their own"))]
    Given(BTreeMap<String, String>),
}

impl Environment {
    /// Returns a variable. One that is empty, or no text, counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let value = match self {
            Self::Process => of_process(name),
            Self::Given(all) => all.get(name).cloned(),
        };
        value.filter(|text| !text.is_empty())
    }

    /// Returns what a key of the file says, or else a variable, and which of the two it was.
    pub(super) fn or(
        &self,
        (place, text): (&'static str, Option<String>),
        variable: &'static str,
    ) -> Option<(&'static str, String)> {
        if let Some(text) = text {
            return Some((place, text));
        }
        self.get(variable).map(|text| (variable, text))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
fn of_process(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
