//! Certificate authorities in columns: the list, and everything that is known of one.

use crate::cli::table::Table;
use engine::model::{Delivery, Gauge, ProviderDetail, TermsState, Timestamp};

/// Write the list.
pub(super) fn table(providers: &[ProviderDetail]) -> Table {
    let mut table = Table::new(&["", "ID", "NAME", "TERMS", "HERE", "DIRECTORY"]);
    for ProviderDetail { summary, delivery, .. } in providers {
        let selected = if summary.selected { "*" } else { "" };
        let (id, name, url) = (summary.id.clone(), summary.name.clone(), summary.directory_url.clone());
        let here = delivery.map(|Delivery { median, .. }| format!("{median} s")).unwrap_or_default();
        table.row([selected.to_owned(), id, name, terms(&summary.terms), here, url]);
    }
    table
}

/// Write everything that is known of one.
pub(super) fn sheet(provider: &ProviderDetail) -> Table {
    let ProviderDetail { summary, calls, budget, .. } = provider;
    let mut table = Table::new(&["", ""]);
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            table.row([name.to_owned(), value]);
        }
    };
    let or_unknown = |value: Option<String>| value.unwrap_or_else(|| "by contract".into());
    line("name", summary.name.clone());
    line("directory", summary.directory_url.clone());
    line("terms", terms(&summary.terms));
    if provider.terms_changed {
        line("", "they changed since: agree again with --agree-tos".into());
    }
    line("account", summary.account_url.clone().unwrap_or_else(|| "none".into()));
    line("contact", provider.contact.clone().unwrap_or_default());
    let bound = provider.external_account.as_ref().map(|key_id| format!("key identifier {key_id}"));
    let unbound = if provider.external_account_required { "needed, not given" } else { "not needed" };
    line("external account", bound.unwrap_or_else(|| unbound.into()));
    line("validates by", provider.validation.clone());
    line("names", or_unknown(provider.names.map(|names| format!("{names} in a certificate"))));
    line("wildcards", provider.wildcards.words().into());
    line("valid for", or_unknown(provider.days.map(|days| format!("{days} days"))));
    line("redirects", or_unknown(provider.redirects.map(|redirects| format!("{redirects} followed"))));
    line("tells when to renew", provider.renewal_information.words().into());
    line("delivers here", provider.delivery.map_or_else(|| "nothing yet".into(), delivery));
    line("limits", provider.limits.join(", "));
    for gauge in &budget.gauges {
        line("left", left(gauge));
    }
    line("forecast", budget.forecast.clone());
    if let Some((about, at)) = &provider.about {
        line("directory read", at.short());
        line("website", about.website.clone().unwrap_or_default());
        line("terms now at", about.terms_of_service.clone().unwrap_or_default());
        line("in CAA records", about.caa_identities.join(", "));
        let profiles: Vec<_> = about.profiles.iter().map(|profile| profile.name.clone()).collect();
        line("profiles", profiles.join(", "));
    }
    line("profile", provider.profile.clone().unwrap_or_default());
    line("preferred chain", provider.preferred_chain.clone().unwrap_or_default());
    line("last worked", calls.succeeded_at.map(Timestamp::short).unwrap_or_default());
    let failure = calls.failure.as_ref();
    line("last failed", failure.map(|(reason, at)| format!("{}: {reason}", at.short())).unwrap_or_default());
    table
}

fn terms(terms: &TermsState) -> String {
    match terms {
        TermsState::NotAgreed => "not agreed".to_owned(),
        TermsState::Agreed { by, at, .. } => format!("agreed by {by}, {}", at.short()),
    }
}

fn delivery(delivery: Delivery) -> String {
    let Delivery { median, slowest, certificates } = delivery;
    format!("{median} s median of {certificates}, slowest {slowest} s")
}

fn left(gauge: &Gauge) -> String {
    let Gauge { words, subject, left, capacity, next_at, full_at, .. } = gauge;
    let whose = if subject.is_empty() { String::new() } else { format!(", {subject}") };
    let again = next_at
        .zip(*full_at)
        .map(|(next, full)| format!("; one more at {} UTC, all again at {} UTC", next.short(), full.short()));
    format!("{left} of {capacity}: {words}{whose}{}", again.unwrap_or_default())
}
