//! Runs against a real certificate authority (Pebble), a real DNS server and a real Apache.
#![cfg(feature = "host")]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test says what it expects")]

mod broken;
mod checked;
mod crashes;
mod faults;
mod installing;
mod leader;
mod limits;
mod matrix;
mod nonces;
mod processing;
mod queue;
mod renewal;
mod schedule;
mod whole;
mod world;
