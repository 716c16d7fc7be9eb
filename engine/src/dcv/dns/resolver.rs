//! A question to all resolvers, tried a few times, and the reason found where it fails.

use super::cache::Cache;
use super::exchange::{self, Silence};
use super::wire::{Checking, Kind, Message};
use super::{Answer, Explained, Trouble, resolv_conf};
use crate::dcv::Settings;
use std::mem;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const NO_ERROR: u16 = 0;
const SERVFAIL: u16 = 2;
const NXDOMAIN: u16 = 3;
const REFUSED: u16 = 5;

/// The root, which every working resolver knows.
const CANARY: &str = "";

/// The server's resolvers.
#[derive(Debug)]
pub(crate) struct Resolver {
    servers: Vec<SocketAddr>,
    /// The one that answered last, so that a dead one is not waited for again and again.
    preferred: AtomicUsize,
    tries: u32,
    try_limit: Duration,
    pub(super) cname_limit: usize,
    shared: Cache,
}

impl Resolver {
    pub(crate) fn new(settings: &Settings) -> Self {
        let servers = settings.resolvers.clone().unwrap_or_else(resolv_conf::system);
        // Each resolver is asked at least once, within the same time.
        let tries = settings.lookup_tries.max(u32::try_from(servers.len()).unwrap_or(u32::MAX)).max(1);
        Self {
            servers,
            preferred: AtomicUsize::new(0),
            tries,
            try_limit: settings.lookup_timeout / tries,
            cname_limit: settings.cname_limit,
            shared: Cache::default(),
        }
    }

    /// Ask what other names may ask too: the answer is remembered for a short while.
    pub(crate) async fn ask_shared(&self, name: &str, kind: Kind) -> Result<Arc<Answer>, Trouble> {
        self.shared.get(name, kind, async { self.ask(name, kind).await.map(Arc::new) }).await
    }

    /// Ask for the records of one kind.
    pub(crate) async fn ask(&self, name: &str, kind: Kind) -> Result<Answer, Trouble> {
        match self.ask_all(name, kind).await {
            Err(trouble @ (Trouble::Timeout(_) | Trouble::Refused(_) | Trouble::ServFail(_))) => {
                Err(self.whose_fault(trouble).await)
            }
            outcome => outcome,
        }
    }

    /// A resolver that fails in the same way about the root is broken itself.
    async fn whose_fault(&self, trouble: Trouble) -> Trouble {
        let ask = async { self.ask_all(CANARY, Kind::Ns).await.map(Arc::new) };
        let root = self.shared.get(CANARY, Kind::Ns, ask).await;
        let same = root.is_err_and(|known| mem::discriminant(&known) == mem::discriminant(&trouble));
        if same { Trouble::Resolver(format!("{trouble}, also for the root zone")) } else { trouble }
    }

    /// Ask the resolvers in turn until one gives an answer, or one that validates says that there is none to be trusted.
    async fn ask_all(&self, name: &str, kind: Kind) -> Result<Answer, Trouble> {
        if self.servers.is_empty() {
            return Err(Trouble::Resolver("no resolver is configured".into()));
        }
        let tries = usize::try_from(self.tries).unwrap_or(usize::MAX);
        let first = self.preferred.load(Ordering::Relaxed);
        let mut worst: Option<Trouble> = None;
        for (index, server) in self.servers.iter().enumerate().cycle().skip(first).take(tries) {
            let trouble = match self.ask_one(*server, name, kind).await {
                Ok(answer) => {
                    self.preferred.store(index, Ordering::Relaxed);
                    return Ok(answer);
                }
                // Another resolver's answer would only mean that it does not look.
                Err(bogus @ Trouble::Bogus(_)) => return Err(bogus),
                Err(trouble) => trouble,
            };
            // With one resolver, a second try is for lost packets, not for those who say no.
            let settled = self.servers.len() == 1 && matches!(trouble, Trouble::ServFail(_) | Trouble::Refused(_));
            worst = Some(match worst {
                Some(before) if rank(&before) >= rank(&trouble) => before,
                _ => trouble,
            });
            if settled {
                break;
            }
        }
        Err(worst.unwrap_or_else(|| Trouble::Bad("nothing was asked".into())))
    }

    /// Ask one resolver, and tell a signature that does not verify from other failures: with checking disabled there is
    /// an answer then. Servers also fail by chance, so it must fail again.
    async fn ask_one(&self, server: SocketAddr, name: &str, kind: Kind) -> Result<Answer, Trouble> {
        let outcome = self.exchange(server, name, kind, Checking::Enabled).await;
        if !matches!(outcome, Err(Trouble::ServFail(_)))
            || self.exchange(server, name, kind, Checking::Disabled).await.is_err()
        {
            return outcome;
        }
        match self.exchange(server, name, kind, Checking::Enabled).await {
            Err(Trouble::ServFail(why)) => Err(Trouble::Bogus(why)),
            outcome => outcome,
        }
    }

    async fn exchange(
        &self,
        server: SocketAddr,
        name: &str,
        kind: Kind,
        checking: Checking,
    ) -> Result<Answer, Trouble> {
        let asked = Box::pin(exchange::ask(server, name, kind, checking, self.try_limit));
        asked.await.map_err(from_silence).and_then(read)
    }
}

fn from_silence(silence: Silence) -> Trouble {
    match silence {
        Silence::Timeout(_) | Silence::Failed(..) => Trouble::Timeout(silence.to_string()),
        Silence::Unreadable(_) => Trouble::Bad(silence.to_string()),
    }
}

fn read(message: Message) -> Result<Answer, Trouble> {
    let why = Explained(message.errors);
    match message.rcode {
        NO_ERROR | NXDOMAIN => Ok(Answer {
            exists: message.rcode == NO_ERROR,
            authentic: message.authentic,
            records: message.answers,
            authority: message.authority,
        }),
        SERVFAIL => Err(Trouble::ServFail(why)),
        REFUSED => Err(Trouble::Refused(why)),
        other => Err(Trouble::Bad(format!("error code {other}{why}"))),
    }
}

/// Of several resolvers' troubles, the one that says most.
fn rank(trouble: &Trouble) -> u8 {
    match trouble {
        Trouble::Resolver(_) | Trouble::Timeout(_) => 0,
        Trouble::Bad(_) => 1,
        Trouble::Refused(_) => 2,
        Trouble::ServFail(_) | Trouble::Bogus(_) => 3,
    }
}
