//! A user with hundreds of broken aliases keeps nobody waiting.

use simulation::{Afterwards, Neighbours};

#[tokio::test(flavor = "multi_thread")]
async fn healthy_users_do_not_wait_for_hundreds_of_broken_names_of_another() {
    let directory = tempfile::tempdir().unwrap();
    let neighbours = Neighbours::start(20, 500, directory.path()).await.unwrap();

    // The server of half of the broken names answers only when the last healthy user has a certificate.
    let (wait, run) = neighbours.secure(Afterwards::Finish).await.unwrap();

    assert!(wait.asked_before <= 32, "names of healthy users are asked for among the first: {wait:?}");
    assert!(wait.given_up < 125, "an order is made before even half of the broken names are given up: {wait:?}");
    assert_eq!((run.counts.issued, run.counts.failed, run.counts.names_failed), (30, 0, 500), "{run:#?}");
}
