//! Certificate authorities as the command line shows them.

use crate::cli::output;
use crate::cli::table::Table;
use crate::error::CliError;
use engine::Engine;
use engine::model::{Delivery, Gauge, ProviderDetail, ProviderSummary, TermsState, Timestamp};

/// Find one by its short name.
pub(super) async fn find(engine: &Engine, id: &str) -> Result<ProviderDetail, CliError> {
    let found = engine.providers().await?.into_iter().find(|provider| provider.summary.id == id);
    found.ok_or_else(|| engine::EngineError::UnknownProvider(id.to_owned()).into())
}

/// Show everything that is known of one.
pub(super) async fn show(engine: &Engine, id: &str, json: bool) -> Result<(), CliError> {
    let provider = find(engine, id).await?;
    if json {
        return output::json(&provider);
    }
    let ProviderDetail { summary, calls, budget, .. } = &provider;
    let mut table = Table::new(&["", ""]);
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            table.row([name.to_owned(), value]);
        }
    };
    let or_unknown = |value: Option<String>| value.unwrap_or_else(|| "by contract".into());
    line("name", summary.name.clone());
    line("directory", summary.directory_url.clone());
    line("orders", orders(summary));
    line("health", summary.health.words());
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
    line("last error", summary.last_error.clone().unwrap_or_default());
    line("last worked", calls.succeeded_at.map(Timestamp::short).unwrap_or_default());
    let failure = calls.failure.as_ref();
    line("last failed", failure.map(|(reason, at)| format!("{}: {reason}", at.short())).unwrap_or_default());
    output::line(&table.to_string())
}

/// Put them into columns.
pub(super) fn table(providers: &[ProviderDetail]) -> Table {
    let mut table = Table::new(&["", "ID", "NAME", "HEALTH", "HERE", "TERMS", "DIRECTORY"]);
    for ProviderDetail { summary, delivery, .. } in providers {
        let place = match (summary.selected, summary.fallback) {
            (true, _) => "*".to_owned(),
            (false, place) => place.map_or_else(String::new, |place| format!("+{place}")),
        };
        let health = if summary.account_url.is_some() { summary.health.words() } else { String::new() };
        let here = delivery.map(|Delivery { median, .. }| format!("{median} s")).unwrap_or_default();
        let (id, name, url) = (summary.id.clone(), summary.name.clone(), summary.directory_url.clone());
        table.row([place, id, name, health, here, terms(&summary.terms), url]);
    }
    table
}

/// Say what is ordered from a provider.
fn orders(summary: &ProviderSummary) -> String {
    match (summary.selected, summary.fallback) {
        (true, _) => "first".into(),
        (false, Some(place)) => format!("fallback {place}"),
        (false, None) => "none".into(),
    }
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
