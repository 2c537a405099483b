//! Stories over the whole host, and hostile guests beside unharmed neighbours.
