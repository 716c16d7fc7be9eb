//! Whose turn it is to be renewed: the fleet as the store knows it, levelled.

use crate::analyze::Validity;
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::model::Timestamp;
use crate::plan::SiteId;
use crate::plan::level::{Candidate, SLOT, Turns, level};
use crate::plan::renewal::AriWindow;
use crate::store::RenewableCertificate;

/// Until when turns were given, in the store.
const GIVEN_UNTIL: &str = "turns";

/// Look whose turn it is now. Nothing is given yet: see [`give`].
pub(super) async fn look(inner: &Inner) -> EngineResult<Turns> {
    let given_until = inner.store.next_time(GIVEN_UNTIL).await?;
    let fleet = inner.store.renewable_certificates().await?;
    Ok(level(fleet.iter().map(candidate), given_until, inner.clock.now()))
}

/// As [`look`], for a run of the queue, of which there may be one a minute: nobody's turn if turns were given just before.
pub(super) async fn look_again(inner: &Inner) -> EngineResult<Turns> {
    let given_until = inner.store.next_time(GIVEN_UNTIL).await?;
    let now = inner.clock.now();
    let is_early = given_until.is_some_and(|at: Timestamp| (0..SLOT / 2).contains(&now.since(at)));
    if is_early { Ok(Turns::later()) } else { look(inner).await }
}

/// Remember that turns are given. A turn that is lost to a crash comes again: its certificate is among the oldest still.
pub(super) async fn give(inner: &Inner, turns: &Turns) -> EngineResult<()> {
    match turns.given_until() {
        Some(at) => Ok(inner.store.set_next_time(GIVEN_UNTIL, at).await?),
        None => Ok(()),
    }
}

fn candidate(certificate: &RenewableCertificate) -> Candidate {
    let validity = Validity { not_before: certificate.not_before, not_after: certificate.not_after };
    let window = certificate.window.map(|(start, end)| AriWindow { start, end, explanation_url: None });
    Candidate::new(SiteId(certificate.website.0), validity, window.as_ref())
}
