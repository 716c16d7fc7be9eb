//! An installation of its own for each test: directory, configuration, processes, and a client that keeps cookies.

mod client;
mod installation;
mod secure;
mod server;

pub(crate) use client::Client;
pub(crate) use installation::{Installation, PASSWORD, program};
pub(crate) use secure::{Protocol, SecureClient};
pub(crate) use server::RunningServer;

use std::time::{Duration, Instant};

/// How long anything may take. Generous, since CI shares two cores.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// Ask again and again until there is an answer, and say what was waited for where there is none in time.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within {DEADLINE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
