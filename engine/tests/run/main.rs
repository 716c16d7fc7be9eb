//! Runs against a real certificate authority (Pebble), a real DNS server and a real Apache.
#![cfg(feature = "host")]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test says what it expects")]

mod addresses;
mod broken;
mod caa;
mod chains;
mod checked;
mod companion;
mod crashes;
mod customers;
mod dns;
mod elsewhere;
mod failover;
mod faults;
mod foreign;
mod gauges;
mod installing;
mod inventory;
mod judges;
mod keys;
mod leader;
mod limits;
mod matrix;
mod nonces;
mod pair;
mod persist;
mod processing;
mod providers;
mod queue;
mod readd;
mod renewal;
mod revoking;
mod schedule;
mod whole;
mod world;
