//! DNS-01 with real name servers on loopback: Knot and BIND, which take changes signed with a key.
#![cfg(feature = "host")]
#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

mod lab;

mod access;
mod added;
mod batches;
mod command;
mod hosted;
mod places;
mod sweep;
mod trial;
mod values;
