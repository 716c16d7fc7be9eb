//! The CA's limits as token buckets, so that they are respected before the CA has to say so.
//!
//! A [`Ledger`] answers whether an order may be sent now, or until when to wait and for which limit; what was spent is put into
//! [`Buckets`], one row for each. What the CA says counts for more than our own counting: [`Ledger::reconcile`]. A [`Schedule`]
//! tells when each of many orders could be sent, a [`Forecast`] how long they take, a [`crate::model::Gauge`] what is left.

mod bucket;
mod forecast;
mod gauge;
mod key;
mod ledger;
mod limits;
mod refusal;
mod schedule;

pub use bucket::{Bucket, Buckets};
pub use forecast::{Forecast, forecast, new_names_in_words};
pub use key::{BucketKey, registered_domain, set_name};
pub use ledger::{Charge, Demand, Ledger, OrderRequest, Purpose, Verdict, Wait};
pub use limits::{LimitError, LimitKind, Limits, Rate};
pub use refusal::CaRefusal;
pub use schedule::{Placement, Schedule};
