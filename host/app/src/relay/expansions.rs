//! Questions for more of a record than a Tez says, and what its sender lets out.
//!
//! Invariants: whoever shared the Tez decides, as a person. What is let out is read anew, as that person,
//! through the lists in force, and handed over as an answer to whoever asked; the Tez itself stays as it
//! is. The decision, the answer and their records are one transaction: nothing is decided that was not
//! handed over, and nothing is handed over twice.

mod ask;
mod decide;
mod error;
mod list;

pub use ask::Asked;
pub use decide::Decided;
pub use error::ExpansionError;
pub use list::{EXPANSION_PAGE, ExpansionPage};

use super::Relay;
use crate::ports::ExpansionStore;
use crate::records::Records;
use skillgate_domain::audit::{ExpansionFacts, Facts, Target};
use skillgate_domain::ids::TezId;
use skillgate_domain::principal::{Action, Principal};
use skillgate_domain::tez::expansion::{Expansion, ExpansionState};
use skillgate_domain::time::Timestamp;
use std::sync::Arc;

/// The use cases of questions.
pub struct Expansions {
    store: Arc<dyn ExpansionStore>,
    relay: Arc<Relay>,
    records: Arc<Records>,
}

/// A question, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The question.
    pub expansion: Expansion,
    /// How far it is.
    pub state: ExpansionState,
}

impl Standing {
    fn of(expansion: Expansion, now: Timestamp) -> Self {
        let state = expansion.state(now);
        Self { expansion, state }
    }
}

impl Expansions {
    /// Wires the use cases to their port, the relay and the records behind its Tez.
    pub fn new(store: Arc<dyn ExpansionStore>, relay: Arc<Relay>, records: Arc<Records>) -> Self {
        Self {
            store,
            relay,
            records,
        }
    }

    fn now(&self) -> Timestamp {
        self.relay.trail.clock().now()
    }

    /// Records a refusal before it is answered.
    async fn recorded<T>(
        &self,
        caller: &Principal,
        action: Action,
        tez: TezId,
        done: Result<T, ExpansionError>,
    ) -> Result<T, ExpansionError> {
        let (trail, target) = (&self.relay.trail, Target::Tez(tez));
        trail.refusal(caller, action, target, &done).await?;
        done
    }
}

/// What the audit trail keeps of a question and its answer.
fn facts(expansion: &Expansion) -> Facts {
    let decision = expansion.decision.as_ref();
    Facts::Expansion(Box::new(ExpansionFacts {
        expansion: expansion.id,
        context: expansion.context,
        record: expansion.record,
        asker: expansion.asker.clone(),
        fields: expansion.fields.clone(),
        approved: decision.map(|decision| decision.approved.clone()),
        reply: decision.and_then(|decision| decision.reply),
    }))
}
