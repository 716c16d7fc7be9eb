//! An ACME certificate authority for tests, demos and simulations.
//!
//! It speaks RFC 8555 with profiles and renewal information (RFC 9773) over HTTPS on loopback, keeps everything in
//! memory, lives by a clock that can be moved, limits its clients as Let's Encrypt does, and breaks down on request.
//! Start with [`TestCa::builder`]; then look at [`TestCa::journal`] and add to [`TestCa::faults`].
//!
//! **Invariant:** a CA ends with its handle. It has a thread and a runtime of its own, so it runs beside any test,
//! also one with a paused clock or no runtime at all.
//!
//! **Invariant:** no handler waits: whatever takes time on the network is a task of its own.
//!
//! Nothing here is fit for certificates that anybody is to trust.

mod authority;
mod builder;
mod clock;
mod exchange;
mod faults;
mod journal;
mod jws;
mod limits;
mod lock;
mod names;
mod pki;
mod problem;
mod profile;
mod protocol;
mod server;
mod settings;
mod state;
mod test_ca;
mod validation;

pub use builder::{StartError, TestCaBuilder};
pub use clock::{Clock, SystemClock, VirtualClock};
pub use faults::{Endpoint, Fault, Faults, MisplacedFault, Rule, RuleId};
pub use journal::{FailedValidation, Issued, Journal, Request};
pub use limits::{Limit, Limits};
pub use problem::{Problem, ProblemKind};
pub use profile::Profile;
pub use settings::{
    AuthorizationReuse, ExternalAccounts, OrderList, OrderReuse, PersistentRecords, RenewalInformation,
};
pub use test_ca::{TestCa, UnknownCertificate};
pub use validation::{Attempt, Decide, Network, Validation, ValidationFailure};
