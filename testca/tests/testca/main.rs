//! The CA as its clients see it: `instant-acme` where all goes well, and raw requests where it does not.

mod accounts;
mod alternates;
mod client;
mod dns;
mod external_accounts;
mod faults;
mod limits;
mod load;
mod orders;
mod profiles;
mod program;
mod raw;
mod renewal;
mod requests;
mod revocation;
mod validation;
mod web;
