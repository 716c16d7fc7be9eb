//! `autossl demo`, with few users.

use crate::support::{eventually, program};
use serde_json::Value;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use tempfile::TempDir;

/// A demo in a place of its own; killed when dropped, and with it all that it started.
struct Demo {
    child: Child,
    /// Where it keeps its temporary directory.
    temporary: TempDir,
    outside: TempDir,
}

impl Demo {
    fn start() -> Self {
        let [temporary, outside] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let mut command = Command::new(program());
        command.args(["demo", "--port", "0", "--users", "6", "--ready-file"]).arg(outside.path().join("ready.json"));
        command.env("TMPDIR", temporary.path()).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(fs::File::create(outside.path().join("stderr")).unwrap());
        Self { child: command.spawn().unwrap(), temporary, outside }
    }

    async fn ready(&mut self) -> Value {
        let file = self.outside.path().join("ready.json");
        eventually("the demo is ready", async || {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "the demo ended: {}", self.stderr());
            serde_json::from_slice(&fs::read(&file).ok()?).ok()
        })
        .await
    }

    fn signal(&self, name: &str) {
        assert!(kill(name, &self.child.id().to_string()));
    }

    async fn ended(&mut self) -> ExitStatus {
        eventually("the demo ends", async || self.child.try_wait().unwrap()).await
    }

    fn stderr(&self) -> String {
        fs::read_to_string(self.outside.path().join("stderr")).unwrap()
    }

    fn left_behind(&self) -> Vec<PathBuf> {
        fs::read_dir(self.temporary.path()).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn kill(signal: &str, process: &str) -> bool {
    Command::new("kill").args([signal, process]).status().unwrap().success()
}

#[tokio::test]
async fn the_demo_issues_a_certificate_that_apache_serves_and_leaves_nothing_behind() {
    let mut demo = Demo::start();
    let ready = demo.ready().await;
    let check = Command::new(program())
        .args(["check", "--user", "alice", "--wait", "--config", ready["config"].as_str().unwrap()])
        .output()
        .unwrap();
    assert!(check.status.success(), "{check:?}");
    let https = SocketAddr::from(([127, 0, 0, 1], u16::try_from(ready["https_port"].as_u64().unwrap()).unwrap()));
    let root = ready["issuer_root"].as_str().unwrap();
    for name in ["alice.test", "www.alice.test", "mail.alice.test"] {
        assert_eq!(rig::https_get(https, name, root).await.unwrap(), 200, "{name}");
    }
    demo.signal("-INT");
    assert!(demo.ended().await.success(), "{}", demo.stderr());
    assert_eq!(demo.left_behind(), Vec::<PathBuf>::new());
    assert!(tokio::net::TcpStream::connect(https).await.is_err(), "apache has ended too");
}

#[tokio::test]
async fn the_demo_says_which_part_ended_by_itself_and_keeps_the_evidence() {
    let mut demo = Demo::start();
    let ready = demo.ready().await;
    let home = Path::new(ready["config"].as_str().unwrap()).parent().unwrap().to_owned();
    let apache = fs::read_to_string(home.join("apache/run/httpd.pid")).unwrap();
    assert!(kill("-KILL", apache.trim()));
    assert_eq!(demo.ended().await.code(), Some(1));
    let expected = format!("autossl: demo: everything is kept in {}: Apache ended by itself", home.display());
    assert!(demo.stderr().contains(&expected), "{}", demo.stderr());
    assert_eq!(demo.left_behind(), [home]);
}
