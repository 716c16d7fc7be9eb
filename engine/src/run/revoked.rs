//! Revocations that were cut short: sent again at the beginning of a run.

use super::schedule::SCHEDULER;
use super::session::Session;
use crate::error::EngineResult;
use crate::model::RunScope;
use crate::store::NewRun;

/// Send the revocations again that were written down and are not known to be done, and say how that went.
///
/// Websites that are due by that and not in the run's scope are checked by a run of their own.
pub(super) async fn settle(session: &Session<'_>, scope: &RunScope) -> EngineResult<()> {
    let inner = session.inner;
    for (row, outcome) in crate::revocation::settle(inner).await? {
        let mut block = session.book.block();
        if let Err(error) = outcome {
            block.warn(0, "revocation_open", format!("Certificate {} is not revoked: {error}.", row.serial));
            continue;
        }
        let names = row.names.join(", ");
        block.success(0, format!("Certificate {} for {names} is revoked, as somebody wanted before.", row.serial));
        let Some(user) = row.user.filter(|_| row.in_use) else { continue };
        let (wanted, at) = (RunScope::User(user), inner.clock.now());
        if *scope != RunScope::AllUsers && *scope != wanted {
            inner.store.queue_run(&NewRun { scope: wanted, requested_by: SCHEDULER.to_owned(), at }).await?;
        }
    }
    Ok(())
}
