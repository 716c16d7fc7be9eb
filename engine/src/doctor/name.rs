//! One name: whose it is, what secures it, and whether it would be validated.

use crate::dcv::{Severity, Verdict};
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::inventory::DomainName;
use crate::model::{DomainRow, DomainState, FeatureSetting, Observation, UserDetail, UserQuery, WebsiteRow};
use crate::run::check_one;
use crate::store::ProviderRecord;

pub(super) async fn look(inner: &Inner, name: &str) -> EngineResult<Vec<Observation>> {
    let name = DomainName::parse(name)?.into_string();
    let mut seen = match find(inner, &name).await? {
        Some((user, website, domain)) => known(&user, &website, &domain),
        None => vec![Observation::broken(
            format!("{name} is no name of any website here, so nothing is ordered for it."),
            "Add it to a website: autossl website add-alias, or in the source of the inventory.",
        )],
    };
    if let Some(verdict) = check(inner, &name).await? {
        seen.extend(judged(&verdict));
    }
    Ok(seen)
}

/// Find the name with its website and user.
async fn find(inner: &Inner, name: &str) -> EngineResult<Option<(UserDetail, WebsiteRow, DomainRow)>> {
    let now = inner.clock.now();
    let query = UserQuery { search: name.to_owned(), per_page: 500, ..UserQuery::default() };
    for row in inner.store.users(&query, now).await?.rows {
        let user = inner.store.user(&row.name, now).await?;
        for website in &user.websites {
            if let Some(domain) = website.domains.iter().find(|domain| domain.name == name) {
                let (website, domain) = (website.clone(), domain.clone());
                return Ok(Some((user, website, domain)));
            }
        }
    }
    Ok(None)
}

fn known(user: &UserDetail, website: &WebsiteRow, domain: &DomainRow) -> Vec<Observation> {
    let (name, owner) = (&domain.name, &user.row.name);
    let mut seen = vec![Observation::fine(format!("{name} belongs to the website {} of {owner}.", website.domain))];
    if user.row.suspended {
        seen.push(Observation::broken(format!("{owner} is suspended, so it is left out."), ""));
    }
    if user.row.autossl() == FeatureSetting::Off {
        let remedy = format!("Switch it on: autossl user override {owner} enable");
        seen.push(Observation::broken(format!("AutoSSL is off for {owner}."), remedy));
    }
    seen.push(match domain.state {
        DomainState::Excluded => Observation::broken(
            format!("{name} is excluded from AutoSSL."),
            format!("Include it again: on the page of the user {owner}"),
        ),
        DomainState::Secured => Observation::fine(format!("It is secured by a certificate of {}.", issuer(website))),
        DomainState::Unsecured => Observation::note("No valid certificate secures it yet.", ""),
    });
    if let Some(problem) = &domain.problem {
        let seen_then = format!("The last try failed ({}): {}", problem.code, problem.detail);
        seen.push(Observation::note(seen_then, problem.remedy.clone()));
    }
    seen
}

fn issuer(website: &WebsiteRow) -> String {
    let issuer = website.issuer.as_deref().unwrap_or("an unknown issuer");
    match website.expires_at {
        Some(end) => format!("{issuer} that ends at {}", end.rfc3339()),
        None => issuer.to_owned(),
    }
}

/// Check the name with the eyes of the provider that is selected.
async fn check(inner: &Inner, name: &str) -> EngineResult<Option<Verdict>> {
    let record = match inner.store.selected_provider().await? {
        Some(id) => inner.store.provider(&id).await?,
        None => ProviderRecord::default(),
    };
    Ok(check_one(inner, name, &record).await)
}

fn judged(verdict: &Verdict) -> Vec<Observation> {
    let name = &verdict.name;
    let mut seen = Vec::new();
    if verdict.passed() {
        seen.push(Observation::fine(format!("{name} would be validated by {}.", verdict.method.as_str())));
    }
    seen.extend(verdict.findings.iter().map(|finding| {
        let code = finding.code;
        let text = format!("{code}: {} {}", code.cause(), finding.evidence);
        match finding.severity {
            Severity::Blocking => Observation::broken(text, code.remedy()),
            Severity::Warning => Observation::warning(text, code.remedy()),
        }
    }));
    seen
}
