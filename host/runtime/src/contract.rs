//! Whether a component speaks our contract, and asks for no more than it may.
//!
//! The contract's version is part of every name a component imports or exports, so it cannot be left
//! out or told otherwise than it is.

use skillgate_app::ports::Inadmissible;
use skillgate_domain::capability::Interface;
use std::collections::BTreeSet;
use wasmtime::Engine;
use wasmtime::component::{Component, types::ComponentItem};

const PACKAGE: &str = "skillgate:skill/";
const VERSION: &str = "0.1.0";
const GUEST: &str = "guest";
/// Vocabulary without functions; always there.
const TYPES: &str = "types";

/// A name of our package: interface and version.
struct Name<'a> {
    interface: &'a str,
    version: &'a str,
}

fn ours(name: &str) -> Option<Name<'_>> {
    let (interface, version) = name.strip_prefix(PACKAGE)?.split_once('@')?;
    Some(Name { interface, version })
}

/// Checks the component's exports and imports. Returns the interfaces it imports.
pub(crate) fn check(
    engine: &Engine,
    component: &Component,
    allowed: &BTreeSet<Interface>,
) -> Result<BTreeSet<Interface>, Inadmissible> {
    let ty = component.component_type();
    let exports: Vec<_> = ty
        .exports(engine)
        .map(|(name, _)| name.to_owned())
        .collect();
    let imports: Vec<_> = ty
        .imports(engine)
        .map(|(name, item)| {
            let instance = matches!(item.ty, ComponentItem::ComponentInstance(_));
            (name.to_owned(), instance)
        })
        .collect();
    let mut used = BTreeSet::new();
    let mut refused = Vec::new();
    for (name, instance) in &imports {
        match ours(name).filter(|_| *instance) {
            Some(ours) => {
                speak(ours.version)?;
                match Interface::from_name(ours.interface) {
                    _ if ours.interface == TYPES => {}
                    Some(interface) if allowed.contains(&interface) => drop(used.insert(interface)),
                    _ => refused.push(name.clone()),
                }
            }
            None => refused.push(name.clone()),
        }
    }
    if !refused.is_empty() {
        return Err(Inadmissible::Imports(refused));
    }
    check_export(&exports)?;
    Ok(used)
}

fn check_export(exports: &[String]) -> Result<(), Inadmissible> {
    let guest = exports
        .iter()
        .filter_map(|name| ours(name))
        .find(|name| name.interface == GUEST);
    match guest {
        Some(guest) => speak(guest.version),
        None => Err(Inadmissible::NoGuestExport(format!(
            "{PACKAGE}{GUEST}@{VERSION}"
        ))),
    }
}

fn speak(version: &str) -> Result<(), Inadmissible> {
    if version == VERSION {
        return Ok(());
    }
    Err(Inadmissible::UnknownContract {
        found: version.to_owned(),
        spoken: VERSION.to_owned(),
    })
}
