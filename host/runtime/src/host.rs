//! The host side of the contract: one module for each interface. Each function decodes, asks the
//! broker once, encodes; none decides.

mod clock;
mod config;
mod crm;
mod crm_decode;
mod crm_encode;
mod failure;
mod files;
mod http;
mod log;
mod planner;
mod progress;
mod state;
mod tez;
mod tez_sharing;
mod workspace;

use crate::bindings::skillgate::skill as wit;
use crate::state::State;
use skillgate_domain::capability::Interface;
use std::collections::BTreeSet;
use wasmtime::component::{HasSelf, Linker};

impl wit::types::Host for State {}

/// Offers exactly `interfaces`, and the vocabulary they share. What is not offered does not exist for
/// the guest.
pub(crate) fn link(
    linker: &mut Linker<State>,
    interfaces: &BTreeSet<Interface>,
) -> wasmtime::Result<()> {
    type Own = HasSelf<State>;
    wit::types::add_to_linker::<State, Own>(linker, |state| state)?;
    for interface in interfaces {
        match interface {
            Interface::Crm => wit::crm::add_to_linker::<State, Own>(linker, |state| state)?,
            Interface::Tez => wit::tez::add_to_linker::<State, Own>(linker, |state| state)?,
            Interface::TezSharing => {
                wit::tez_sharing::add_to_linker::<State, Own>(linker, |state| state)?;
            }
            Interface::Planner => wit::planner::add_to_linker::<State, Own>(linker, |state| state)?,
            Interface::Workspace => {
                wit::workspace::add_to_linker::<State, Own>(linker, |state| state)?;
            }
            Interface::Http => wit::http::add_to_linker::<State, Own>(linker, |state| state)?,
            Interface::State => wit::state::add_to_linker::<State, Own>(linker, |state| state)?,
            Interface::Files => wit::files::add_to_linker::<State, Own>(linker, |state| state)?,
            Interface::Log => wit::log::add_to_linker::<State, Own>(linker, |state| state)?,
            Interface::Progress => {
                wit::progress::add_to_linker::<State, Own>(linker, |state| state)?;
            }
            Interface::Clock => wit::clock::add_to_linker::<State, Own>(linker, |state| state)?,
            Interface::Config => wit::config::add_to_linker::<State, Own>(linker, |state| state)?,
        }
    }
    Ok(())
}
