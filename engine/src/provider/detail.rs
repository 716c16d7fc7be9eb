//! What is known of a provider, put together for the interface.

use super::Provider;
use crate::model::{Budget, Delivery, Offered, ProviderCalls, ProviderDetail, ProviderSummary};
use crate::store::ProviderRecord;

/// What this server found out about a provider by using it.
pub(crate) struct Measured {
    /// As the header shows it.
    pub(crate) summary: ProviderSummary,
    /// What is left of its limits.
    pub(crate) budget: Budget,
    /// How long it takes.
    pub(crate) delivery: Option<Delivery>,
}

/// Put together all of it. What its directory says counts for more than what its documentation says.
pub(crate) fn detail(provider: &Provider, record: ProviderRecord, measured: Measured) -> ProviderDetail {
    let says = record.about.as_ref().map(|(about, _)| about);
    let Measured { summary, budget, delivery } = measured;
    ProviderDetail {
        origin: provider.origin,
        validation: provider.facts.validation.to_owned(),
        names: provider.facts.names,
        days: provider.facts.days,
        wildcards: provider.facts.wildcards,
        redirects: provider.facts.redirects,
        renewal_information: says
            .map_or(provider.facts.renewal_information, |about| Offered::from(about.renewal_information)),
        external_account_required: says
            .map_or(provider.facts.external_account, |about| about.external_account_required),
        delivery,
        calls: ProviderCalls { failure: record.failure.clone(), succeeded_at: record.succeeded_at },
        limits: provider.limits.words(),
        budget,
        allow_private: provider.reach == crate::acme::Reach::Anywhere,
        terms_changed: super::terms_changed(&record).is_some(),
        summary,
        contact: record.account.and_then(|account| account.contact),
        external_account: record.external.map(|external| external.key_id),
        about: record.about,
        profile: record.choices.profile,
        preferred_chain: record.choices.preferred_chain,
    }
}
