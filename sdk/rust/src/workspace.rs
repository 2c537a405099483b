//! The mailbox and the calendar of the caller's assistant.
//!
//! ```
//! use skillgate_sdk::{testing::Host, workspace::{self, Email}};
//!
//! let host = Host::new().workspace();
//! let email = Email {
//!     sender: "pa@example.org".into(),
//!     to: "ada@example.org".into(),
//!     subject: "Hello".into(),
//!     body: "Shall we meet?".into(),
//! };
//! assert!(host.run(|| workspace::send_email(&email)).unwrap().planned);
//! assert_eq!(host.emails(), [email]);
//! ```

use crate::tez::{Failure, Outcome};

pub use crate::wit::skillgate::skill::workspace::{Action, Email};

/// Tells whether there is one.
pub fn is_configured() -> bool {
    crate::host::has_workspace()
}

/// Sends an e-mail. In a call that only plans it becomes an effect of the plan. Counts as one write.
pub fn send_email(email: &Email) -> Result<Outcome, Failure> {
    crate::host::send_email(email)
}

/// Writes into the calendar what was done. Likewise.
pub fn log_action(action: &Action) -> Result<Outcome, Failure> {
    crate::host::log_action(action)
}
