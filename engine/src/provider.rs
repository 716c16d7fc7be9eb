//! Certificate authorities: the catalogue, the account at each, their order, whether each answers, and which one gets an order.

mod account;
pub(crate) mod breaker;
mod budget;
mod catalogue;
pub(crate) mod choice;
mod delivery;
mod detail;
pub(crate) mod order;

pub(crate) use account::{
    Revoked, change_contact, change_key, deactivate, external_purpose, open_account, recreate, revoke,
};
pub(crate) use budget::budget;
pub(crate) use catalogue::{Provider, added, check_id, configured};
pub(crate) use delivery::deliveries;
pub(crate) use detail::{Measured, detail};

use crate::store::ProviderRecord;

/// Tell where a provider's terms are now, if a person agreed to others.
pub(crate) fn terms_changed(record: &ProviderRecord) -> Option<&str> {
    let now = record.about.as_ref()?.0.terms_of_service.as_deref()?;
    record.agreement.as_ref().filter(|agreed| agreed.url != now).map(|_| now)
}
