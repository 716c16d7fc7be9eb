//! The certificate authority: whether one is chosen, may be used, and answers.

use crate::engine::Inner;
use crate::error::{EngineResult, error_line};
use crate::model::Observation;
use crate::provider::{Provider, terms_changed};
use tokio::time::Instant;

pub(super) async fn look(inner: &Inner) -> EngineResult<Vec<Observation>> {
    let Some(id) = inner.store.selected_provider().await? else {
        let remedy = "Choose one: autossl provider select ID --agree-tos; autossl provider list shows them.";
        return Ok(vec![Observation::broken("No provider is selected, so nothing can be ordered.", remedy)]);
    };
    let Some(provider) = inner.find_provider(&id).await? else {
        let seen = format!("The provider {id} is selected and not in the catalogue any more.");
        return Ok(vec![Observation::broken(seen, "Choose another: autossl provider list")]);
    };
    let record = inner.store.provider(&id).await?;
    let name = &provider.name;
    let mut seen = vec![answer(inner, &provider).await];
    let agree = format!("autossl provider select {id} --agree-tos");
    match (&record.agreement, terms_changed(&record)) {
        (_, Some(now)) => {
            seen.push(Observation::warning(format!("{name} has other terms of service by now: {now}"), agree));
        }
        (Some(agreed), None) => seen.push(Observation::fine(format!("{} agreed to its terms of service.", agreed.by))),
        (None, None) if record.about.as_ref().is_some_and(|(about, _)| about.terms_of_service.is_some()) => {
            seen.push(Observation::broken(format!("Nobody agreed to {name}'s terms of service."), agree));
        }
        (None, None) => {}
    }
    seen.push(match &record.account {
        Some(account) => Observation::fine(format!("The account is {}.", account.url)),
        None => Observation::note("There is no account yet: it is registered by the next run.", ""),
    });
    if let Some(error) = &record.last_error {
        seen.push(Observation::warning(
            format!("The last call failed: {error}."),
            "The log of the last run says more.",
        ));
    }
    Ok(seen)
}

async fn answer(inner: &Inner, provider: &Provider) -> Observation {
    let began = Instant::now();
    let asked = async { provider.ca(&inner.acme)?.directory().await }.await;
    let (name, url, took) = (&provider.name, &provider.directory_url, began.elapsed().as_millis());
    match asked {
        Ok(_) => Observation::fine(format!("{name} answers at {url} within {took} ms.")),
        Err(error) => Observation::broken(
            format!("{name} does not answer at {url}: {}.", error_line(&error)),
            "Look whether this machine reaches it, and whether its certificate is trusted (acme.trusted_roots).",
        ),
    }
}
