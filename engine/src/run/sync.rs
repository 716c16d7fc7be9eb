//! Bringing the inventory up to date with its source, at the beginning of a run of all users or by hand.

use crate::config::CertificatesPer;
use crate::engine::Inner;
use crate::error::{EngineError, EngineResult};
use crate::inventory::{Changes, Loss, SuspiciousLoss, reconcile, regroup};
use crate::logbook::Logbook;
use serde::Serialize;

/// Whether what changed is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// The store is brought up to date.
    Apply,
    /// Nothing is changed.
    Look,
}

/// What a sync found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Synced {
    /// What changed.
    #[serde(flatten)]
    pub changes: Changes,
    /// What the source has and AutoSSL does not take over, one line each.
    pub skipped: Vec<String>,
}

/// Read the source and bring the store up to date; `None` where the database is the source.
///
/// # Errors
/// Where the source cannot be read, too much vanished, or the store refuses; nothing is changed then.
pub(crate) async fn sync(inner: &Inner, loss: Loss, intent: Intent) -> EngineResult<Option<Synced>> {
    let Some(mut snapshot) = inner.source.read().await? else {
        // What is stored may be from before each name was to have a certificate of its own.
        if inner.config.certificates_per == CertificatesPer::Host && intent == Intent::Apply {
            inner.store.revise(None, Box::new(regroup)).await?;
        }
        return Ok(None);
    };
    snapshot.inventory = inner.grouped(snapshot.inventory);
    let (kind, skipped) = (inner.source.kind(), snapshot.skipped.clone());
    let mut outcome: Result<Changes, SuspiciousLoss> = Ok(Changes::default());
    let decide = |stored| match reconcile(stored, kind, snapshot, loss) {
        Ok(done) => {
            outcome = Ok(done.changes);
            (intent == Intent::Apply && !done.inventory.users.is_empty()).then_some(done.inventory)
        }
        Err(refused) => {
            outcome = Err(refused);
            None
        }
    };
    inner.store.revise(None, Box::new(decide)).await?;
    Ok(Some(Synced { changes: outcome.map_err(EngineError::Loss)?, skipped }))
}

/// Say in a run's log what a sync found. What failed is no reason not to check the websites that are known.
pub(super) fn report(book: &Logbook, synced: &EngineResult<Option<Synced>>) {
    let mut block = book.block();
    match synced {
        Ok(None) => {}
        Ok(Some(Synced { changes, skipped })) => {
            for (code, sentence) in changes.sentences() {
                block.note(0, code, sentence);
            }
            for line in skipped {
                block.note(0, "inventory_skipped", format!("Not taken over: {line}."));
            }
        }
        Err(error) => {
            let code = match error {
                EngineError::Loss(_) => "inventory_loss_refused",
                EngineError::Discovery(_) => "inventory_unreadable",
                _ => "inventory_refused",
            };
            block.warn(0, code, format!("The inventory stays as it was: {}.", causes(error)));
        }
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        // A transparent error says what its source says.
        let said = cause.to_string();
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        next = cause.source();
    }
    text
}
