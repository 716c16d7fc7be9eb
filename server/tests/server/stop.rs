//! Starting and stopping.

use crate::support::{DEADLINE, Installation};
use std::time::Instant;

#[tokio::test]
async fn a_stop_waits_for_what_is_in_hand_and_reports_success() {
    let installation = Installation::with_administrator();
    let mut server = installation.serve();
    server.terminate();
    assert!(server.ended().await.success());
    server.wait_for_line("stopped");
}

#[tokio::test]
async fn idle_connections_do_not_delay_a_stop() {
    let installation = Installation::new();
    let mut server = installation.serve();
    let silent = tokio::net::TcpStream::connect(server.interface).await.expect("a connection");
    let started = Instant::now();
    server.terminate();
    assert!(server.ended().await.success());
    assert!(started.elapsed() < DEADLINE / 2, "a silent connection held the server for {:?}", started.elapsed());
    drop(silent);
}

#[test]
fn a_taken_port_is_named() {
    let installation = Installation::new();
    let server = installation.serve();
    let text = std::fs::read_to_string(installation.config_file()).unwrap();
    let taken = text.replace("'127.0.0.1:0'", &format!("'{}'", server.interface));
    std::fs::write(installation.config_file(), taken).unwrap();
    let said = installation.run(&["serve"]);
    assert_eq!(said.code, Some(1));
    let expected = format!("autossl: cannot listen on {} (server.listen): ", server.interface);
    assert!(said.stderr.contains(&expected), "{}", said.stderr);
}
