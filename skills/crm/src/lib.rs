//! CRM leads, contacts, opportunities, tasks and notes for personal-assistant agents.

mod contacts;
mod find;
mod follow_ups;
mod leads;
mod notes;
mod opportunities;
mod search;
mod tasks;
mod values;

skillgate_sdk::skill![
    search::search_contacts,
    search::search_records,
    contacts::get_contact,
    contacts::update_contact,
    leads::create_lead,
    opportunities::get_opportunity,
    opportunities::update_opportunity,
    tasks::upsert_task,
    tasks::complete_task,
    notes::add_note,
    follow_ups::list_upcoming_follow_ups,
];
