//! Cedar policies behind the port of the application: read, validated, decided.
//!
//! Invariants: what is read has passed strict validation against the shipped schema; where a policy
//! cannot be evaluated, the answer is no; nothing here decides who acts for whom or what no policy gives.

mod entities;
mod finding;
mod read;
mod set;
mod structure;

use cedar_policy::{Schema, Validator};
use skillgate_app::ports::{PolicyLanguage, PolicySet};
use skillgate_domain::skill::Finding;
use std::sync::Arc;

/// What policies can speak of.
pub const SCHEMA: &str = include_str!("../../../policies/schema.cedarschema");

/// The policies that hold where a community has put none.
pub const SHIPPED: &str = concat!(
    include_str!("../../../policies/default/administration.cedar"),
    "\n",
    include_str!("../../../policies/default/modules.cedar"),
    "\n",
    include_str!("../../../policies/default/skills.cedar"),
    "\n",
    include_str!("../../../policies/default/records.cedar"),
    "\n",
    include_str!("../../../policies/default/partnerships.cedar"),
    "\n",
    include_str!("../../../policies/default/tez.cedar"),
);

/// Policies in Cedar.
pub struct Cedar {
    schema: Arc<Schema>,
    validator: Validator,
    shipped: Arc<dyn PolicySet>,
}

impl Cedar {
    /// Reads the shipped schema and policies.
    ///
    /// # Panics
    ///
    /// Where these do not read, which the first test of this crate would show.
    pub fn new() -> Self {
        let (schema, _warnings) =
            Schema::from_cedarschema_str(SCHEMA).expect("the shipped schema is one");
        let validator = Validator::new(schema.clone());
        let schema = Arc::new(schema);
        let shipped = read(SHIPPED, &validator, &schema).expect("the shipped policies are sound");
        Self {
            schema,
            validator,
            shipped,
        }
    }
}

fn read(
    text: &str,
    validator: &Validator,
    schema: &Arc<Schema>,
) -> Result<Arc<dyn PolicySet>, Vec<Finding>> {
    let read = read::read(text, validator)?;
    Ok(Arc::new(set::Set::new(read, Arc::clone(schema))))
}

impl Default for Cedar {
    fn default() -> Self {
        Self::new()
    }
}

impl PolicyLanguage for Cedar {
    fn shipped_text(&self) -> &str {
        SHIPPED
    }

    fn shipped(&self) -> Arc<dyn PolicySet> {
        Arc::clone(&self.shipped)
    }

    fn read(&self, text: &str) -> Result<Arc<dyn PolicySet>, Vec<Finding>> {
        read(text, &self.validator, &self.schema)
    }
}
