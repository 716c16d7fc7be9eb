//! Real services on loopback, as child processes: ACME CAs, DNS servers, Apache, nginx, HAProxy and mail servers, for the demo and the
//! tests.
//!
//! Start with [`Binaries::from_env`], then build what is needed, each in a directory of the caller's choice:
//! [`Dns`] first, [`Apache`] next (its HTTP port is where the CA validates), [`Pebble`] or [`Acme2Certifier`] last.
//! Nothing here knows AutoSSL: the crate is used by it, and by its tests, and names none of its types.
//!
//! **Invariant:** a service never outlives the process that started it. Dropping its handle kills it with all of its
//! children, and so does the end of the process, even by SIGKILL.
//!
//! **Invariant:** ready means that the service has answered in its own protocol, never that some time has passed.

mod acme2certifier;
mod apache;
mod binaries;
mod bind;
mod dns;
mod dovecot;
mod exim;
pub mod faults;
mod haproxy;
mod http;
mod identity;
mod knot;
mod nginx;
mod openssl;
mod pebble;
mod ports;
mod postfix;
mod process;
mod smtp;
mod tls;
mod unbound;
mod zone;

pub use acme2certifier::Acme2Certifier;
pub use apache::{Apache, ApacheBuilder, ChallengeAnswer, WEB_DISK_USER, Website};
pub use binaries::Binaries;
pub use bind::Bind;
pub use dns::Dns;
pub use dovecot::{Dovecot, ImapSession};
pub use exim::Exim;
pub use haproxy::Haproxy;
pub use http::{Answer, http_get};
pub use knot::Knot;
pub use nginx::{Nginx, NginxBuilder};
pub use openssl::{Keys, Openssl};
pub use pebble::{Pebble, PebbleBuilder};
pub use postfix::Postfix;
pub use tls::{https_get, served_certificate};
pub use unbound::{Resolution, Unbound};
pub use zone::{TsigKey, Zone};
