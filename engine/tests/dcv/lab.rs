//! What most tests need: zones served by Knot, a resolver, a board, and settings that fit.

use std::{net::SocketAddr, time::Duration};

use engine::dcv::{CheckRequest, Code, Dns01, LocalDcv, Method, Settings, Verdict};
use rig::{Binaries, Knot, Resolution, Unbound, Zone};
use tempfile::TempDir;
use tokio::net::UdpSocket;

use crate::web::Board;

/// The CA of the tests.
pub(crate) const CA: &str = "ca.test";
/// Its account.
pub(crate) const ACCOUNT: &str = "https://ca.test/acct/1";

/// A small internet. Dropping it ends all its servers.
pub(crate) struct Lab {
    pub(crate) settings: Settings,
    pub(crate) request: CheckRequest,
    pub(crate) board: Board,
    pub(crate) knot: Knot,
    unbound: Option<Unbound>,
    directory: TempDir,
}

impl Lab {
    /// Serve these zones, and ask their server directly. Private addresses count as public ones.
    pub(crate) async fn start(zones: &[Zone]) -> Self {
        let directory = TempDir::new().unwrap();
        let knot = Knot::start(&Binaries::from_env().unwrap(), directory.path(), zones).await.unwrap();
        let settings = Settings {
            resolvers: Some(vec![knot.address()]),
            allow_private: true,
            // Generous where an answer is expected: other work shares these cores.
            fetch_timeout: Duration::from_secs(10),
            ..Settings::default()
        };
        let request = CheckRequest {
            issuers: vec![CA.to_owned()],
            account_uri: Some(ACCOUNT.to_owned()),
            dns01: Dns01::Unavailable,
            persist: None,
        };
        Self { settings, request, board: Board::default(), knot, unbound: None, directory }
    }

    /// Serve one zone, `test`.
    pub(crate) async fn with(records: &str) -> Self {
        Self::start(&[Zone::new("test", records)]).await
    }

    /// Put a resolver in front that finds the root and the plan's zones.
    pub(crate) async fn resolve(&mut self, mut plan: Resolution) {
        plan.zones.push((String::new(), self.knot.address()));
        let unbound = Unbound::start(&Binaries::from_env().unwrap(), self.directory.path(), &plan).await.unwrap();
        self.settings.resolvers = Some(vec![unbound.address()]);
        self.unbound = Some(unbound);
    }

    /// Check a name.
    pub(crate) async fn check(&self, name: &str) -> Verdict {
        let verdict = LocalDcv::new(self.settings.clone()).check(&self.board, name, &self.request).await;
        assert_eq!(self.board.counts().0, 0, "a token was left on the board");
        for finding in &verdict.findings {
            println!("{name}: {:?} {}: {}", finding.severity, finding.code, finding.evidence);
        }
        assert_eq!(verdict.passed(), verdict.reason().is_none(), "{verdict:?}");
        verdict
    }

    /// Check a name that must fail for exactly one reason; return what was seen.
    pub(crate) async fn blocked(&self, name: &str, code: Code) -> String {
        let verdict = self.check(name).await;
        let reason = verdict.reason().unwrap_or_else(|| panic!("{name} passed: {verdict:?}"));
        assert_eq!(reason.code, code, "{verdict:?}");
        reason.evidence.clone()
    }

    /// Check a name that must pass by HTTP-01 with this warning; return what was seen.
    pub(crate) async fn warned(&self, name: &str, code: Code) -> String {
        let verdict = self.check(name).await;
        assert_eq!(verdict.method, Method::Http01, "{verdict:?}");
        evidence(&verdict, code)
    }

    /// Check a name that must pass by HTTP-01 with nothing to say.
    pub(crate) async fn clean(&self, name: &str) {
        let verdict = self.check(name).await;
        assert_eq!((verdict.method, verdict.findings), (Method::Http01, Vec::new()));
    }
}

/// Return the evidence of a finding that must be there.
pub(crate) fn evidence(verdict: &Verdict, code: Code) -> String {
    let found = verdict.findings.iter().find(|finding| finding.code == code);
    found.unwrap_or_else(|| panic!("no {code} in {verdict:?}")).evidence.clone()
}

/// A DNS server that hears everything and answers nothing.
pub(crate) async fn deaf() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}
