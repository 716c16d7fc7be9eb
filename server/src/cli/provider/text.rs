//! Certificate authorities as the command line shows them.

use crate::cli::output;
use crate::cli::table::Table;
use crate::error::CliError;
use engine::Engine;
use engine::model::{ProviderDetail, ProviderSummary, TermsState};

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
    let ProviderDetail { summary, .. } = &provider;
    let mut table = Table::new(&["", ""]);
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            table.row([name.to_owned(), value]);
        }
    };
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
    line("names", provider.names.map(|names| format!("{names} in a certificate")).unwrap_or_default());
    line("valid for", provider.days.map(|days| format!("{days} days")).unwrap_or_default());
    line("limits", provider.limits.join(", "));
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
    output::line(&table.to_string())
}

/// Put them into columns.
pub(super) fn table(providers: &[ProviderDetail]) -> Table {
    let mut table = Table::new(&["", "ID", "NAME", "HEALTH", "TERMS", "DIRECTORY"]);
    for ProviderDetail { summary, .. } in providers {
        let place = match (summary.selected, summary.fallback) {
            (true, _) => "*".to_owned(),
            (false, place) => place.map_or_else(String::new, |place| format!("+{place}")),
        };
        let health = if summary.account_url.is_some() { summary.health.words() } else { String::new() };
        let (id, name, url) = (summary.id.clone(), summary.name.clone(), summary.directory_url.clone());
        table.row([place, id, name, health, terms(&summary.terms), url]);
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
