//! The local DCV against real servers on loopback: Knot and Unbound for the DNS, web servers that misbehave in every way.
#![cfg(feature = "host")]
#![expect(clippy::unwrap_used, reason = "a test says what it expects")]

mod lab;
mod web;

mod addresses;
mod batches;
mod caa;
mod dns;
mod dns01;
mod http;
mod persist;
mod redirects;

use engine::dcv::Code;

#[test]
fn every_code_is_provoked_by_a_test() {
    let tests = [
        include_str!("addresses.rs"),
        include_str!("batches.rs"),
        include_str!("caa.rs"),
        include_str!("dns.rs"),
        include_str!("dns01.rs"),
        include_str!("http.rs"),
        include_str!("persist.rs"),
        include_str!("redirects.rs"),
        include_str!("../dns01/places.rs"),
        include_str!("../dns01/access.rs"),
        include_str!("../run/persist.rs"),
    ]
    .concat();
    for code in Code::all() {
        let (one, other) = (format!("Code::{code:?})"), format!("Code::{code:?},"));
        assert!(tests.contains(&one) || tests.contains(&other), "{code} has no test");
    }
}
