//! Discovery against a real Apache on loopback ports.

mod failures;
mod resolves;
mod running;
mod scale;
mod server;
