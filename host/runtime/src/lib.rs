//! The sandbox: wasmtime engine, limits, loader, authenticated AOT cache, host side of every WIT interface.
