//! The beginning of a run at the providers: the account of the first that answers is opened, and the log says which do not.

use super::authority::Authority;
use super::session::Session;
use crate::acme::Trouble;
use crate::error::EngineResult;

/// The first provider of the list that can be asked, or the first of all.
pub(super) struct Opened {
    /// Its place in the list.
    pub(super) place: usize,
    /// Why orders can go nowhere, as it seems.
    pub(super) reason: Option<String>,
}

/// Open the account at the first provider that answers, and say in the log which do not.
pub(super) async fn open_first(session: &Session<'_>) -> EngineResult<Opened> {
    let mut reason = None;
    for (place, authority) in session.authorities.order().iter().enumerate() {
        let now = session.inner.clock.now();
        if !authority.admit(now) {
            let outage = authority.outage();
            let until = authority.shut_until(now).unwrap_or(now).rfc3339();
            session.book.block().warn(0, &outage.code, format!("{}. It is asked again after {until}.", outage.words));
            reason.get_or_insert(outage.words);
            continue;
        }
        let error = match session.account_at(authority).await? {
            Ok(_) => {
                if place > 0 {
                    session.book.block().note(0, "other_provider", format!("Orders go to {}.", authority.name()));
                }
                warn_of_terms(session, authority).await?;
                return Ok(Opened { place, reason: None });
            }
            Err(error) => error,
        };
        let contents = format!("The account at {} cannot be used: {error}.", authority.name());
        let is_last = place + 1 == session.authorities.order().len();
        let mut block = session.book.block();
        match error.trouble() {
            Trouble::Down | Trouble::Limited if !is_last => block.warn(0, error.code(), contents),
            _ => block.error(0, error.code(), contents),
        }
        drop(block);
        if error.trouble() == Trouble::None {
            // What a person has to put right is not hidden by going elsewhere.
            return Ok(Opened { place, reason: Some(error.to_string()) });
        }
        reason.get_or_insert(error.to_string());
    }
    Ok(Opened { place: 0, reason })
}

async fn warn_of_terms(session: &Session<'_>, authority: &Authority) -> EngineResult<()> {
    let record = session.inner.store.provider(authority.id()).await?;
    if let Some(terms) = crate::provider::terms_changed(&record) {
        session.book.block().warn(
            0,
            "terms_changed",
            format!(
                "{} changed its terms of service: read {terms} and agree to them again on the Providers page or with \
                 `autossl provider select {} --agree-tos`.",
                authority.name(),
                authority.id()
            ),
        );
    }
    Ok(())
}
