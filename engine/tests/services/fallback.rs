//! Clients that name no host, or one that nobody has.

use crate::world::{Plan, shown};

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_name_no_host_get_the_servers_own_certificate() {
    let plan = Plan::websites(&["server.test", "a.test"]).exim();
    let world = plan.configured(|config| config.services.hostname = Some("server.test".into())).start().await;

    let run = world.run().await;

    assert_eq!(run.counts.served, 2, "{:#?}", world.log(&run).await);
    let own = shown(world.https(), "server.test").await;
    assert_eq!(world.exim().shown(None).await.unwrap(), own);
    assert_eq!(shown(world.exim(), "nobody.test").await, own);
    assert_eq!(shown(world.exim(), "mail.a.test").await, shown(world.https(), "a.test").await);

    world.renew().await;
    assert_ne!(world.exim().shown(None).await.unwrap(), own);
    assert_eq!(world.exim().shown(None).await.unwrap(), shown(world.https(), "server.test").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_certificate_of_the_servers_own_one_signed_by_itself_is_presented() {
    let world = Plan::websites(&["a.test"]).exim().start().await;
    world.run().await;
    let first = world.exim().shown(None).await.unwrap();
    assert_ne!(first, shown(world.https(), "a.test").await);
    world.renew().await;
    assert_eq!(world.exim().shown(None).await.unwrap(), first, "it is made once");
}
