//! The real binary, started on free ports, asked over HTTP and on its command line.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

mod certs;
mod challenges;
mod command_line;
mod crash;
mod demo;
mod deputy;
mod dns;
mod doctor;
mod events;
mod files;
mod inventory;
mod options;
mod pages;
mod panel;
mod providers;
mod sign_in;
mod stop;
