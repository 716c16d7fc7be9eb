//! A CA that refuses nonces.

use crate::world::Plan;
use engine::model::{RunScope, RunState};
use rig::{PebbleBuilder, Website};

async fn two_hundred_orders(pebble: fn(PebbleBuilder) -> PebbleBuilder) {
    let mut plan = Plan::new().pebble(pebble);
    let domains: Vec<_> = (0..200).map(|number| format!("site{number:03}.test")).collect();
    for domain in &domains {
        plan = plan.user(domain.trim_end_matches(".test"), &[domain], Website::new(domain));
    }
    let world = plan.start(&domains.iter().map(String::as_str).collect::<Vec<_>>()).await;

    let run = world.run(RunScope::AllUsers).await;

    assert_eq!(run.state, RunState::Succeeded, "{:?}", world.log(&run).await);
    assert_eq!((run.counts.issued, run.counts.served), (200, 200));
    assert_eq!(world.pebble.orders_created().unwrap(), 200);
    assert_eq!(world.pebble.certificates_issued().unwrap(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_of_two_hundred_orders_succeed_when_a_fifth_of_the_nonces_is_refused() {
    two_hundred_orders(|pebble| pebble.nonce_reject(20)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_of_two_hundred_orders_succeed_when_half_of_the_nonces_is_refused() {
    two_hundred_orders(|pebble| pebble.nonce_reject(50)).await;
}
