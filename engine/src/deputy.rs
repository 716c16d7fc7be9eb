//! Two processes instead of one: a small one that may change services, as root, and the server, as an ordinary user.
//!
//! The server asks over a Unix socket for what is in `protocol` and for nothing else: it names a service of the *deputy's* own
//! configuration and hands it certificates with their keys. The deputy listens to one user only (the kernel says who is at the other
//! end), checks everything as if it came from an enemy (`check`), and does the rest with the driver that a single process uses.
//! What it writes, and with which commands it reloads, is in its configuration: no request can say it.

mod check;
mod client;
mod hands;
mod pace;
mod protocol;
mod serve;

pub(crate) use client::Client;
pub(crate) use hands::{Contents, Hands};
pub use serve::{Deputy, DeputyError};
