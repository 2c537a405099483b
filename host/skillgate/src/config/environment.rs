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
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
fn of_process(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
