//! Outbound HTTP: the guarded transport and the Twenty CRM client.
