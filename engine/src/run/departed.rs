//! Websites that are gone: after a time of grace they are taken out of every service at once, and their certificates and keys off
//! the disk. A certificate stays on record; nothing is revoked.
//!
//! A website is gone where the inventory has neither it nor any name that its certificate is presented for: a name that moved is
//! served as before until its new website has a certificate.

use super::session::Session;
use crate::deputy::Contents;
use crate::engine::Inner;
use crate::error::{EngineResult, error_line};
use crate::install::remove::Copies;
use crate::install::{InstallFailure, Pace};
use crate::model::Timestamp;
use crate::vault::companion_shelf;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Note which websites are gone, and remove those whose time of grace is over.
pub(super) async fn clear(session: &Session<'_>) -> EngineResult<()> {
    let inner = session.inner;
    let Some(grace) = inner.config.schedule.grace else { return Ok(()) };
    let now = inner.clock.now();
    let gone = gone(inner, &held(inner).await?).await?;
    let noted = inner.store.note_departed(&gone, now).await?;
    let (ready, waiting): (Vec<_>, Vec<_>) = noted.into_iter().partition(|(_, since)| now.since(*since) >= grace);
    let mut block = session.book.block();
    for (website, since) in waiting {
        let until = Timestamp(since.0.saturating_add(grace)).rfc3339();
        block.note(1, "website_gone", format!("{website} is gone: the first run after {until} removes its files."));
    }
    drop(block);
    let ready: Vec<String> = ready.into_iter().map(|(website, _)| website).collect();
    if !ready.is_empty() {
        take_out(session, &ready).await?;
    }
    Ok(())
}

/// List the websites that services or the certificate store have files of, with the names that they are presented for.
pub(super) async fn held(inner: &Inner) -> EngineResult<BTreeMap<String, BTreeSet<String>>> {
    let mut held: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for website in inner.vault.websites()? {
        held.entry(website).or_default();
    }
    for installer in &inner.installers {
        let Contents { websites, names } = match inner.hands.contents(installer.as_ref()).await {
            Ok(contents) => contents,
            Err(error) => {
                tracing::warn!(service.name = %installer.service(), %error, "what a service has of websites that are gone is not known");
                continue;
            }
        };
        for website in websites {
            held.entry(website).or_default();
        }
        for (name, website) in names {
            held.entry(website).or_default().insert(name);
        }
    }
    Ok(held)
}

/// Of those websites, list the ones that the inventory has nothing of.
async fn gone(inner: &Inner, held: &BTreeMap<String, BTreeSet<String>>) -> EngineResult<Vec<String>> {
    let names: BTreeSet<&String> = held.iter().flat_map(|(website, names)| names.iter().chain([website])).collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    let known: HashSet<String> = inner.store.known_names(&names).await?.into_iter().collect();
    let is_gone = |(website, names): &(&String, &BTreeSet<String>)| {
        !known.contains(*website) && names.iter().all(|name| !known.contains(name))
    };
    Ok(held.iter().filter(is_gone).map(|(website, _)| website.clone()).collect())
}

async fn take_out(session: &Session<'_>, websites: &[String]) -> EngineResult<()> {
    let inner = session.inner;
    let pace = Pace::new(inner.store.as_ref(), inner.clock.as_ref());
    let listed = websites.join(", ");
    let mut is_everywhere = true;
    for installer in &inner.installers {
        let service = installer.service();
        if let Err(InstallFailure { code, detail }) =
            inner.hands.remove(installer.as_ref(), websites, Copies::Discard, pace).await
        {
            is_everywhere = false;
            session.book.block().error(1, &code, format!("{listed}: not taken out of {service}: {detail}"));
        }
    }
    if !is_everywhere {
        return Ok(());
    }
    let open: HashSet<String> =
        inner.store.open_revocations().await?.into_iter().filter_map(|certificate| certificate.shelf).collect();
    let is_open = |website: &String| open.contains(website) || open.contains(&companion_shelf(website));
    for website in websites.iter().filter(|website| !is_open(website)) {
        match inner.vault.remove(website) {
            Ok(()) => session.book.block().note(
                1,
                "website_removed",
                format!("{website} is gone: its files in all services, its certificates and their keys were removed; nothing was revoked."),
            ),
            Err(error) => {
                let detail = error_line(&error);
                session.book.block().warn(1, "removal_refused", format!("{website}: {detail}"));
            }
        }
    }
    Ok(())
}
