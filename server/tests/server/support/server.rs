//! A running `autossl serve`: found by what it logs, killed when dropped.

use super::{Client, DEADLINE};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Instant;

/// A running server.
pub(crate) struct RunningServer {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    /// Where the interface is.
    pub(crate) interface: SocketAddr,
    /// Where challenges are answered.
    pub(crate) challenges: SocketAddr,
}

impl RunningServer {
    /// Start a server by its command and wait until it listens.
    pub(crate) fn start(mut command: Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program can be started");
        let stderr = child.stderr.take().expect("standard error is a pipe");
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let lines = read_lines(stderr);
        let mut server = Self { child, lines, seen: Vec::new(), interface: nowhere, challenges: nowhere };
        server.challenges = address(&server.wait_for_line("challenges on http://"));
        server.interface = address(&server.wait_for_line("listening on http://"));
        server
    }

    /// Make a client without cookies.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.interface)
    }

    /// Make a client and sign `admin` in.
    pub(crate) async fn administrator(&self) -> Client {
        let mut client = self.client();
        let answer = client.post("/login", &[("name", "admin"), ("password", super::PASSWORD)]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/"), "{}", answer.text());
        client
    }

    /// Wait until the server logs a line with these words.
    pub(crate) fn wait_for_line(&mut self, words: &str) -> String {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("the server never said {words:?}, but: {:#?}", self.seen);
            };
            self.seen.push(line.clone());
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Tell whether a line with these words came while the server started.
    pub(crate) fn said(&self, words: &str) -> bool {
        self.seen.iter().any(|line| line.contains(words))
    }

    /// Send SIGTERM.
    pub(crate) fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(sent.expect("kill can be started").success(), "the signal can be sent");
    }

    /// Wait until the process has ended.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let child = &mut self.child;
        super::eventually("the server ends", async || child.try_wait().expect("the child can be waited for")).await
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_lines(stderr: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            // The pipe is read to its end, so that the server never waits for us.
            let _ = sender.send(line);
        }
    });
    receiver
}

fn address(line: &str) -> SocketAddr {
    let after = line.rsplit("http://").next().unwrap_or_default();
    after.split_whitespace().next().unwrap_or_default().parse().expect("the line names an address")
}
