//! Everything works whatever Pebble is like: how many good nonces it refuses, how many authorizations it reuses.

use crate::world::Plan;
use engine::model::{RunScope, RunState};
use rig::Website;

const WEBSITES: usize = 12;
const DAY: i64 = 86_400;
const AUTHORIZATION_REUSE: [u8; 3] = [0, 50, 100];

/// Secure all websites and renew them, once for each rate of reused authorizations.
async fn works_with(nonce_rejection: u8) {
    let domains: Vec<_> = (0..WEBSITES).map(|number| format!("site{number:02}.test")).collect();
    for reuse in AUTHORIZATION_REUSE {
        let mut plan = Plan::new().pebble(move |pebble| pebble.nonce_reject(nonce_rejection).authz_reuse(reuse));
        for domain in &domains {
            plan = plan.user(domain.trim_end_matches(".test"), &[domain], Website::new(domain));
        }
        let world = plan.start(&domains.iter().map(String::as_str).collect::<Vec<_>>()).await;
        for (orders, passed) in [(WEBSITES, "first"), (2 * WEBSITES, "renewal")] {
            let run = world.run(RunScope::AllUsers).await;
            let what = format!("{passed} run, nonce rejection {nonce_rejection}, authorization reuse {reuse}");
            assert_eq!(run.state, RunState::Succeeded, "{what}: {:#?}", world.log(&run).await);
            assert_eq!((run.counts.issued as usize, run.counts.served as usize), (WEBSITES, WEBSITES), "{what}");
            assert_eq!(world.pebble.orders_created().unwrap(), orders, "{what}");
            assert_eq!(world.pebble.certificates_issued().unwrap(), orders, "{what}");
            world.clock.advance(61 * DAY);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_issued_and_renewed_once_when_no_nonce_is_refused() {
    works_with(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_issued_and_renewed_once_when_a_fifth_of_the_nonces_is_refused() {
    works_with(20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_issued_and_renewed_once_when_half_of_the_nonces_is_refused() {
    works_with(50).await;
}
