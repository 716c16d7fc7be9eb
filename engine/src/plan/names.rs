//! Which names go into which certificate: sorted, reduced to wildcards, cut to the provider's limit.

mod order;
mod select;
mod wildcard;

pub use order::{Candidate, NameRole, NameSecurity, SERVICES, sort};
pub use select::{NamePolicy, Selection, select};
pub use wildcard::{Dns01Zones, WildcardPolicy, reduce};
