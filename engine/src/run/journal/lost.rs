//! Finding the order that was made right before a crash.

use super::step::StepError;
use crate::acme::{AcmeAccount, AcmeOrder, OrderProgress};
use crate::run::session::Session;
use crate::store::Job;

/// Orders that the journal does not know are looked through for the lost one; more than that are not.
const LOST_ORDERS_LOOKED_AT: usize = 64;

/// Find the order that was made right before a crash: one that no job knows, open, for exactly these names.
pub(super) async fn lost_order(
    session: &Session<'_>,
    account: &AcmeAccount,
    job: &Job,
) -> Result<Option<AcmeOrder>, StepError> {
    let urls = match account.order_urls().await {
        Ok(urls) => urls,
        Err(error) if error.is_outage() => return Err(error.into()),
        Err(error) => {
            tracing::warn!(job.id = job.id.0, %error, "the provider's list of orders cannot be read; ordering anew");
            return Ok(None);
        }
    };
    let unknown = session.inner.store.unknown_orders(&urls).await?;
    let mut wanted = job.names.clone();
    wanted.sort_unstable();
    for url in unknown.iter().rev().take(LOST_ORDERS_LOOKED_AT) {
        let mut order = match account.order(url).await {
            Ok(order) => order,
            Err(error) if error.is_gone() => continue,
            Err(error) => return Err(error.into()),
        };
        let open = matches!(order.progress(), OrderProgress::Pending | OrderProgress::Ready);
        if open && order.names().await? == wanted {
            return Ok(Some(order));
        }
    }
    Ok(None)
}
