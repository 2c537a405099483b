use http::Method;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock};

/// Stands for every name that is not one of the bounded set.
const OTHER: &str = "other";

/// The first names that came, up to a number. Later ones, and the empty one, are all `other`.
pub(super) struct Names {
    at_most: usize,
    known: RwLock<BTreeSet<String>>,
}

impl Names {
    pub(super) fn at_most(at_most: usize) -> Self {
        Self {
            at_most,
            known: RwLock::default(),
        }
    }

    pub(super) fn bounded(&self, name: &str) -> Cow<'static, str> {
        if !name.is_empty() && (self.is_known(name) || self.learn(name)) {
            name.to_owned().into()
        } else {
            OTHER.into()
        }
    }

    fn is_known(&self, name: &str) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.contains(name)
    }

    fn learn(&self, name: &str) -> bool {
        let full = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.len() >= self.at_most
        };
        if full {
            return false;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let room = known.contains(name) || known.len() < self.at_most;
        if room {
            known.insert(name.to_owned());
        }
        room
    }
}

/// Names a method that routes are made of; any token may stand for another.
pub(super) fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => OTHER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_up_to_a_number() {
        let names = Names::at_most(2);
        for (name, bounded) in [
            ("a", "a"),
            ("", "other"),
            ("b", "b"),
            ("c", "other"),
            ("a", "a"),
        ] {
            assert_eq!(names.bounded(name), bounded, "{name}");
        }
    }
}
