//! Hands CRM records over to other people's assistants, with a plan, an e-mail and a calendar entry.

mod coordinate;
mod flows;
mod planning;
mod record;
mod request;
mod tez_draft;
mod workspace;

skillgate_sdk::skill![
    coordinate::coordinate,
    flows::follow_up::create_follow_up_and_hand_off,
    flows::blockers::summarize_opportunity_blockers,
    flows::briefing::daily_briefing,
];
