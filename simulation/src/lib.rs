//! Months of a hosting server in minutes: the real engine with its store, its schedule and its runs, and a certificate authority
//! with Let's Encrypt's limits, on one virtual clock that is moved by an hour at a time.
//!
//! What is left out of [`Fleet`]: services to install into, and the check of names before an order. The authority takes every HTTP-01 challenge
//! as valid at once: the answer is in the store, as always, but nobody fetches it. [`Neighbours`] is about one run, in real time, with names that are checked for real; [`Client`] about how quickly certificates are had; [`Services`] about bringing them into services.

mod bare;
mod contest;
mod figures;
mod fleet;
mod memory;
mod neighbours;
mod server;
mod services;

pub use contest::Client;
pub use figures::{Evenness, Figures};
pub use fleet::{Fleet, Setting};
pub use neighbours::{Afterwards, Neighbours, Wait};
pub use services::{Measured, Services};
