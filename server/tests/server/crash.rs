//! Ending the server in the middle of a run, gently and with SIGKILL, and starting it again.

use crate::support::{Installation, RunningServer, eventually};
use rig::{Binaries, Dns, Pebble};
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use tempfile::TempDir;

const WEBSITES: usize = 40;

/// A hosting server without a web server: the CA asks the challenge port itself.
struct World {
    installation: Installation,
    pebble: Pebble,
    _dns: Dns,
    _directory: TempDir,
}

impl World {
    async fn start() -> Self {
        let binaries = Binaries::from_env().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let dns = Dns::start(&binaries, &directory.path().join("dns")).await.unwrap();
        let mut users = String::new();
        for number in 0..WEBSITES {
            let domain = format!("site{number:02}.test");
            dns.add_a(&domain, Ipv4Addr::LOCALHOST).await.unwrap();
            write!(
                users,
                "[[user]]\nname = 'user{number:02}'\n[[user.website]]\ndomain = '{domain}'\ndocument_root = '/srv'\n"
            )
            .unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let pebble = Pebble::builder(directory.path().join("pebble")).http_port(port).dns(dns.address());
        let pebble = pebble.start(&binaries).await.unwrap();
        let installation = Installation::with_administrator();
        let provider = format!(
            "[[providers]]\nid = 'ca'\nname = 'Test CA'\ndirectory_url = '{}'\nallow_private = true\n",
            pebble.directory_url()
        );
        installation.configure(&provider);
        let root = pebble.tls_root_pem_path().display().to_string();
        let text = fs::read_to_string(installation.config_file()).unwrap();
        let acme = format!(
            "http_port = {port}\ntrusted_roots = ['{root}']\nresolver = ['{}']\nvalidation_port = {port}\nallow_private = true",
            dns.address()
        );
        let text = text.replace("http_port = 0", &acme);
        fs::write(installation.config_file(), text).unwrap();
        let users = installation.write("users.toml", users);
        installation.succeed(&["user", "import", users.to_str().unwrap()]);
        installation.succeed(&["provider", "select", "ca", "--agree-tos"]);
        Self { installation, pebble, _dns: dns, _directory: directory }
    }

    async fn issued(&self, at_least: usize) {
        eventually("certificates are issued", async || {
            (self.pebble.certificates_issued().unwrap() >= at_least).then_some(())
        })
        .await;
    }

    /// Wait for the end of the only run and return its `run.json`.
    async fn end_of_run(&self) -> Value {
        let logs = self.installation.path("logs");
        eventually("the run ends", async || {
            let run = fs::read_dir(&logs).ok()?.next()?.ok()?;
            serde_json::from_str(&fs::read_to_string(run.path().join("run.json")).ok()?).ok()
        })
        .await
    }

    /// Count the records of the only run's log with this code.
    fn lines_with_code(&self, code: &str) -> usize {
        let run = fs::read_dir(self.installation.path("logs")).unwrap().next().unwrap().unwrap();
        let log = fs::read_to_string(run.path().join("json")).unwrap();
        log.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok_and(|line| line["code"] == code)).count()
    }

    fn assert_in_the_middle(&self) {
        let issued = self.pebble.certificates_issued().unwrap();
        assert!(issued < WEBSITES, "the run was over before the server was ended");
    }

    async fn assert_nothing_was_done_twice(&self) {
        let run = self.end_of_run().await;
        assert_eq!(run["state"], "succeeded", "{run}");
        assert_eq!(run["counts"]["issued"], WEBSITES, "{run}");
        assert_eq!(run["counts"]["websites_done"], WEBSITES, "{run}");
        // A name that the CA asked for while the server was dead failed there, and its order cannot be saved.
        let lost = self.lines_with_code("order_lost");
        assert_eq!(self.pebble.orders_created().unwrap(), WEBSITES + lost, "{lost} orders were made anew");
        assert_eq!(self.pebble.certificates_issued().unwrap(), WEBSITES);
    }
}

async fn begin_run(server: &RunningServer) {
    let answer = server.administrator().await.post("/fn/run_all", &[]).await;
    assert!(answer.status < 400, "{} {}", answer.status, answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_sigkill_interrupts_twice_is_resumed_and_nothing_is_ordered_twice() {
    let world = World::start().await;
    let mut server = world.installation.serve();
    begin_run(&server).await;
    for issued in [5, 20] {
        world.issued(issued).await;
        // Dropping the handle sends SIGKILL, whatever the server is doing.
        drop(server);
        world.assert_in_the_middle();
        server = world.installation.serve();
    }
    world.assert_nothing_was_done_twice().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_a_stop_interrupts_is_parked_and_goes_on_at_the_next_start() {
    let world = World::start().await;
    let mut server = world.installation.serve();
    begin_run(&server).await;
    world.issued(5).await;
    server.terminate();
    assert!(server.ended().await.success());
    world.assert_in_the_middle();

    let _server = world.installation.serve();
    world.assert_nothing_was_done_twice().await;
}
