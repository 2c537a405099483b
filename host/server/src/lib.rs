//! The HTTP door: routes, authentication, problem bodies.
