//! Names that failed and pass again are added a few times a week.

use crate::checked::careful;
use crate::world::{self, Plan};
use engine::Confirmation;
use engine::model::RunScope;
use rig::Website;
use std::net::Ipv4Addr;

const DAY: i64 = 86_400;

#[tokio::test(flavor = "multi_thread")]
async fn a_website_is_ordered_anew_for_names_that_pass_again_twice_a_week_or_as_the_option_says() {
    let names = ["alice.test", "a.alice.test", "b.alice.test", "c.alice.test", "d.alice.test"];
    let site = names[1..].iter().fold(Website::new(names[0]), |site, alias| site.alias(*alias));
    let world = Plan::new().user("alice", &names, site).start(&["alice.test"]).await;
    let engine = careful(&world).await;
    let orders = || world.pebble.orders_created().unwrap();
    world::run(&engine, RunScope::AllUsers).await;
    assert_eq!(orders(), 1);

    for (alias, expected) in [("a.alice.test", 2), ("b.alice.test", 3), ("c.alice.test", 3)] {
        world.dns.add_a(alias, Ipv4Addr::LOCALHOST).await.unwrap();
        world.clock.advance(DAY / 2);
        let run = world::run(&engine, RunScope::AllUsers).await;
        let log = world::log(&engine, &run).await;
        assert_eq!(orders(), expected, "{alias}: {log:#?}");
        let put_off = log.iter().any(|line| line.contents.contains("names that pass again are added at"));
        assert_eq!(put_off, alias == "c.alice.test", "{log:#?}");
    }

    engine.set_option("readd-per-week", "3", Confirmation::Missing, "test").await.unwrap();
    world::run(&engine, RunScope::AllUsers).await;
    assert_eq!(orders(), 4, "the option allows one more");
    world.dns.add_a("d.alice.test", Ipv4Addr::LOCALHOST).await.unwrap();
    world::run(&engine, RunScope::AllUsers).await;
    assert_eq!(orders(), 4);
    world.clock.advance(7 * DAY);
    world::run(&engine, RunScope::AllUsers).await;
    assert_eq!(orders(), 5, "the week is over");
}
