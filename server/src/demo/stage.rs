//! What the demo runs besides AutoSSL: DNS, Apache and Pebble, and AutoSSL's configuration for them.

use super::sample::{Flaw, Sample};
use crate::config::{ApacheSection, Config, Nightly, ProviderSection};
use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt, stream};
use rig::{Apache, Binaries, Dns, Pebble};
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::Path;
use tokio::net::TcpSocket;

/// The short name of the demo's CA.
pub(super) const PROVIDER: &str = "pebble";

/// A machine of somebody else: nothing listens there.
const SOMEBODY_ELSE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);
const DNS_CALLS_AT_ONCE: usize = 8;
/// Pebble has none; with some, the gauges have something to show.
const LIMITS: [(&str, &str); 2] = [("new_orders", "3000/3h"), ("registered_domain", "50/7d")];
/// Pebble stops answering under much more.
const ORDERS_IN_FLIGHT: NonZeroUsize = NonZeroUsize::new(6).expect("six is not zero");

/// Everything that runs besides AutoSSL. Dropping it ends all of it.
pub(super) struct Stage {
    dns: Dns,
    pub(super) apache: Apache,
    pebble: Pebble,
    challenges: SocketAddr,
    /// Keeps the challenge port until AutoSSL has it, and from others afterwards.
    _reservation: TcpSocket,
    /// The root of the certificates that Pebble issues, as PEM.
    pub(super) issuer_root: String,
}

impl Stage {
    /// Start everything under `home`.
    pub(super) async fn start(home: &Path, sample: &Sample) -> Result<Self> {
        let binaries = Binaries::from_env()?;
        let (reservation, challenges) = reserve().context("cannot reserve a port for challenges")?;
        let dns = Dns::start(&binaries, &home.join("dns")).await?;
        let apache = Apache::builder(home.join("apache"))
            .challenge_backend(challenges)
            .websites(sample.websites().map(super::sample::SampleWebsite::hosted))
            .start(&binaries);
        let (apache, ()) = tokio::try_join!(apache, add_records(&dns, sample))?;
        let pebble = Pebble::builder(home.join("pebble")).http_port(apache.http_port()).dns(dns.address());
        let pebble = pebble.start(&binaries).await?;
        let issuer_root = pebble.issuer_roots_pem().await?;
        Ok(Self { dns, apache, pebble, challenges, _reservation: reservation, issuer_root })
    }

    /// Configure AutoSSL for all this.
    pub(super) fn config(&self, home: &Path) -> Config {
        let mut config = Config::default();
        config.paths.data = home.join("data");
        config.paths.logs = home.join("logs");
        config.acme.http_address = self.challenges.ip();
        config.acme.http_port = self.challenges.port();
        config.acme.trusted_roots = vec![self.pebble.tls_root_pem_path().to_owned()];
        config.acme.resolver = vec![self.dns.address()];
        config.acme.validation_port = self.apache.http_port();
        config.acme.addresses = vec![Ipv4Addr::LOCALHOST.into()];
        config.acme.allow_private = true;
        // Whoever looks at the demo presses the button.
        config.schedule.nightly = Nightly::Off;
        config.schedule.after_changes = false;
        config.limits.orders_in_flight = ORDERS_IN_FLIGHT;
        config.providers = vec![ProviderSection {
            id: PROVIDER.into(),
            name: "Pebble (demo)".into(),
            directory_url: self.pebble.directory_url(),
            limits: LIMITS.map(|(name, rate)| (name.to_owned(), rate.to_owned())).into(),
            allow_private: true,
        }];
        config.services.apache = Some(ApacheSection {
            vhost_dir: self.apache.vhost_dir().to_owned(),
            listen: self.apache.https_address().to_string(),
            test: self.apache.test_command(),
            reload: self.apache.graceful_command(),
            pid_file: self.apache.pid_file(),
            probe: self.apache.https_address(),
            pause_per_website_ms: 0,
            command: self.apache.read_command(),
            edit_hosts: false,
        });
        config
    }

    /// Name a part that ended by itself, if one did.
    pub(super) async fn dead(&self) -> Option<&'static str> {
        if !self.apache.is_alive() {
            return Some("Apache");
        }
        if !self.pebble.is_alive() {
            return Some("Pebble");
        }
        self.dns.lookup_a("alice.test").await.is_err().then_some("DNS")
    }

    /// End everything and wait for it.
    pub(super) async fn stop(mut self) -> Result<()> {
        self.pebble.stop().await?;
        self.apache.stop().await?;
        self.dns.stop().await
    }
}

/// Bind a free port without listening on it; the server shares it and is the only one that listens.
fn reserve() -> std::io::Result<(TcpSocket, SocketAddr)> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseport(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let address = socket.local_addr()?;
    Ok((socket, address))
}

async fn add_records(dns: &Dns, sample: &Sample) -> Result<()> {
    let records = sample.websites().flat_map(|website| website.names()).filter_map(|(name, flaw)| match flaw {
        Flaw::NoAddress => None,
        Flaw::OtherAddress => Some((name, SOMEBODY_ELSE)),
        Flaw::None | Flaw::NotFound | Flaw::RedirectToNowhere => Some((name, Ipv4Addr::LOCALHOST)),
    });
    let calls = stream::iter(records).map(|(name, address)| async move { dns.add_a(&name, address).await });
    calls.buffer_unordered(DNS_CALLS_AT_ONCE).try_collect().await
}
