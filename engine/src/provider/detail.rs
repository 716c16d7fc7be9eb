//! What is known of a provider, put together for the interface.

use super::Provider;
use crate::model::{Budget, Delivery, Offered, ProviderCalls, ProviderDetail, ProviderSummary, TermsState};
use crate::store::{Agreement, ProviderRecord};

/// What this server found out about a provider by using it.
pub(crate) struct Measured {
    /// Whether orders go there.
    pub(crate) selected: bool,
    /// What is left of its limits.
    pub(crate) budget: Budget,
    /// How long it takes.
    pub(crate) delivery: Option<Delivery>,
}

/// Put together what the header shows.
pub(crate) fn summary(provider: &Provider, record: &ProviderRecord, selected: bool) -> ProviderSummary {
    ProviderSummary {
        id: provider.id.clone(),
        name: provider.name.clone(),
        directory_url: provider.directory_url.clone(),
        selected,
        terms: match record.agreement.clone() {
            Some(Agreement { by, at, url }) => TermsState::Agreed { by, at, url },
            None => TermsState::NotAgreed,
        },
        account_url: record.account.as_ref().map(|account| account.url.clone()),
        last_error: record.last_error.clone(),
    }
}

/// Put together all of it. What its directory says counts for more than what its documentation says.
pub(crate) fn detail(provider: &Provider, record: ProviderRecord, measured: Measured) -> ProviderDetail {
    let says = record.about.as_ref().map(|(about, _)| about);
    let Measured { selected, budget, delivery } = measured;
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
        summary: summary(provider, &record, selected),
        contact: record.account.and_then(|account| account.contact),
        external_account: record.external.map(|external| external.key_id),
        about: record.about,
        profile: record.choices.profile,
        preferred_chain: record.choices.preferred_chain,
    }
}
