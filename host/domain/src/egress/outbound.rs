//! Everything that a module may ask of services outside: its rules, and the credentials they use.

use super::credential::Credential;
use super::rule::{Method, Part, Rule};
use super::target::Target;
use crate::ids::CredentialName;
use std::collections::{BTreeMap, BTreeSet};

/// A rule, and the credential that goes with what it allows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// What may be asked of whom.
    pub rule: Rule,
    /// What it is asked with.
    pub credential: Option<CredentialName>,
}

impl Route {
    /// Tells whether `other` allows nothing that this does not: a request without a credential is less.
    fn covers(&self, other: &Self) -> bool {
        let less = other.credential.is_none() || other.credential == self.credential;
        less && self.rule.covers(&other.rule)
    }

    fn and(&self, other: &Self) -> Option<Self> {
        let same = self.credential == other.credential;
        Some(Self {
            rule: self.rule.and(&other.rule)?,
            credential: self.credential.clone().filter(|_| same),
        })
    }

    fn name(&self) -> String {
        match &self.credential {
            Some(credential) => format!("http.{} with {credential}", self.rule),
            None => format!("http.{}", self.rule),
        }
    }
}

/// Why rules and credentials do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// A rule names a credential that is not declared.
    #[error("the rule {rule} uses the credential {credential}, which is not declared")]
    Undeclared {
        /// The rule.
        rule: String,
        /// What it names.
        credential: CredentialName,
    },
    /// A rule would show a credential to somebody it is not for.
    #[error("the rule {rule} goes beyond the audience of the credential {credential}")]
    BeyondAudience {
        /// The rule.
        rule: String,
        /// What it names.
        credential: CredentialName,
    },
    /// A credential would travel in the clear.
    #[error("the credential {credential} travels over https only, but for loopback addresses")]
    InTheClear {
        /// Which.
        credential: CredentialName,
    },
    /// Two rules allow the same request with different credentials.
    #[error("the rules {0} and {1} allow the same request, with different credentials")]
    Ambiguous(String, String),
}

/// What may be asked of services outside. Nothing by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outbound {
    routes: BTreeSet<Route>,
    credentials: BTreeMap<CredentialName, Credential>,
}

impl Outbound {
    /// Puts rules and credentials together. One request fits at most one credential.
    pub fn new(
        routes: BTreeSet<Route>,
        credentials: BTreeMap<CredentialName, Credential>,
    ) -> Result<Self, OutboundError> {
        for (name, credential) in &credentials {
            if credential.is_in_the_clear() {
                let credential = name.clone();
                return Err(OutboundError::InTheClear { credential });
            }
        }
        for route in &routes {
            let Some(name) = &route.credential else {
                continue;
            };
            let (rule, credential) = (route.rule.to_string(), name.clone());
            match credentials.get(name) {
                None => return Err(OutboundError::Undeclared { rule, credential }),
                Some(known) if !known.is_for(&route.rule) => {
                    return Err(OutboundError::BeyondAudience { rule, credential });
                }
                Some(_) => {}
            }
        }
        let all = Self {
            routes,
            credentials,
        };
        all.ambiguous().map_or(Ok(all), Err)
    }

    fn ambiguous(&self) -> Option<OutboundError> {
        for (at, one) in self.routes.iter().enumerate() {
            for other in self.routes.iter().skip(at + 1) {
                if one.credential != other.credential && one.rule.and(&other.rule).is_some() {
                    let (one, other) = (one.rule.to_string(), other.rule.to_string());
                    return Some(OutboundError::Ambiguous(one, other));
                }
            }
        }
        None
    }

    /// Finds the rule that allows a request. Otherwise says what of it does not fit the rule that it fits
    /// furthest. Does not allocate.
    pub fn decide(&self, method: Method, target: &Target) -> Result<&Route, Part> {
        let mut furthest = Part::Host;
        for route in &self.routes {
            match route.rule.decide(method, target) {
                Ok(()) => return Ok(route),
                Err(part) => furthest = furthest.max(part),
            }
        }
        Err(furthest)
    }

    /// Says of every rule whether it allows a request, or what of it does not fit first.
    pub fn explain<'a>(
        &'a self,
        method: Method,
        target: &'a Target,
    ) -> impl Iterator<Item = (&'a Route, Result<(), Part>)> {
        let decided = move |route: &'a Route| (route, route.rule.decide(method, target));
        self.routes.iter().map(decided)
    }

    /// Returns the rules, in a fixed order.
    pub const fn routes(&self) -> &BTreeSet<Route> {
        &self.routes
    }

    /// Returns the credentials, by name.
    pub const fn credentials(&self) -> &BTreeMap<CredentialName, Credential> {
        &self.credentials
    }

    /// Tells whether nothing is allowed and nothing asked for.
    pub fn is_empty(&self) -> bool {
        self.routes.is_empty() && self.credentials.is_empty()
    }

    /// Tells whether anything but reading is allowed.
    pub fn changes(&self) -> bool {
        self.routes.iter().any(|route| route.rule.changes())
    }

    /// Returns what both allow.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let same = |(name, credential): &(&CredentialName, &Credential)| {
            other.credentials.get(*name) == Some(*credential)
        };
        let credentials = self.credentials.iter().filter(same);
        let credentials: BTreeMap<_, _> = credentials
            .map(|(name, credential)| (name.clone(), credential.clone()))
            .collect();
        let pairs = self.routes.iter().flat_map(|one| {
            let both = other.routes.iter().filter_map(|other| one.and(other));
            both.collect::<Vec<_>>()
        });
        // A credential of which the two speak differently is nobody's.
        let known = |route: &Route| match &route.credential {
            Some(name) => credentials.contains_key(name),
            None => true,
        };
        let routes: BTreeSet<_> = pairs.filter(known).collect();
        let all = Self {
            routes,
            credentials,
        };
        // Neither allowed the same request in two ways.
        debug_assert!(all.ambiguous().is_none());
        all
    }

    /// Names everything that may be asked, for example `http.GET https://api.example.org/v1/**`.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let routes = self.routes.iter().map(Route::name);
        let credentials = self.credentials.iter().map(|(name, credential)| {
            let (audience, place) = (credential.audience(), &credential.place);
            format!("credential.{name} {audience} {place}")
        });
        routes.chain(credentials)
    }

    /// Lists everything here that `ceiling` lacks.
    pub fn excess_over(&self, ceiling: &Self) -> impl Iterator<Item = String> {
        let wider = |route: &&Route| !ceiling.routes.iter().any(|given| given.covers(route));
        let routes = self.routes.iter().filter(wider).map(Route::name);
        let other = |(name, credential): &(&CredentialName, &Credential)| {
            ceiling.credentials.get(*name) != Some(*credential)
        };
        let credentials = self.credentials.iter().filter(other);
        routes.chain(credentials.map(|(name, _)| format!("credential.{name}")))
    }
}

#[cfg(test)]
mod tests;
