//! Clients that stay while certificates are renewed.

use crate::world::{Plan, shown};
use rig::ImapSession;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn a_renewal_ends_no_imap_session() {
    let world = Plan::websites(&["a.test"]).dovecot().start().await;
    world.run().await;
    let address = world.dovecot.as_ref().unwrap().imaps_address();
    let mut session = ImapSession::log_in(address, "mail.a.test", "alice").await.unwrap();
    let before = shown(world.imap(), "mail.a.test").await;

    let renewed = world.renew().await;

    assert_eq!(renewed.counts.served, 1, "{:#?}", world.log(&renewed).await);
    assert_ne!(shown(world.imap(), "mail.a.test").await, before);
    session.noop().await.unwrap();
    assert_eq!(world.said(&renewed, "service_warning").await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_dovecots_that_make_reloads_dangerous_are_warned_of() {
    let world = Plan::websites(&["a.test"]).dovecot().start().await;
    let file = world.path("dovecot/dovecot.conf");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("shutdown_clients = no", "shutdown_clients = yes")).unwrap();
    let run = world.run().await;
    let warned = world.said(&run, "service_warning").await;
    assert!(warned.iter().any(|line| line.contains("shutdown_clients = no")), "{warned:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn web_clients_meet_no_error_while_certificates_are_renewed() {
    let world = Plan::websites(&["a.test", "b.test", "c.test"]).start().await;
    world.run().await;
    let roots = std::fs::read_to_string(world.issuer_root()).unwrap();
    let address = world.apache.https_address();
    let asking = tokio::spawn(async move {
        let mut answered = 0_u32;
        loop {
            let status = rig::https_get(address, "a.test", &roots).await;
            assert_eq!(status.as_ref().ok(), Some(&200), "request {answered}: {status:?}");
            answered += 1;
            // A test that asks as fast as it can leaves Apache no processor.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    for _ in 0..3 {
        let run = world.renew().await;
        let (log, apache) = (world.log(&run).await, world.apache.log().unwrap());
        assert_eq!(run.counts.served, 3, "{log:#?} {apache}");
        assert!(!asking.is_finished(), "{:?}", asking.await);
    }
    asking.abort();
}
