//! Hands CRM records over to other people's assistants, with a plan, an e-mail and a calendar entry.

mod coordinate;
mod planning;
mod record;
mod request;
mod tez_draft;
mod workspace;

skillgate_sdk::skill![coordinate::coordinate];
