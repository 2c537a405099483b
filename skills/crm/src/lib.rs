//! CRM leads, contacts, opportunities, tasks and notes for personal-assistant agents.
