//! The command line, and the CA that it describes.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use clap::{Parser, ValueEnum};
use testca::{
    AuthorizationReuse, Clock, ExternalAccounts, Limits, Network, Profile, SystemClock, TestCa, TestCaBuilder,
    Validation, VirtualClock,
};

/// An ACME certificate authority for tests. Everything is in memory.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// Where to speak HTTPS; port 0 is any free one
    #[arg(long, default_value = "127.0.0.1:14000")]
    listen: SocketAddr,
    /// Where to speak plain HTTP for management: POST /advance, /fault, /heal, /renew-now; GET /journal
    #[arg(long)]
    pub(crate) management: Option<SocketAddr>,
    /// The directory for the root certificates (the current one if left out)
    #[arg(long)]
    directory: Option<PathBuf>,
    /// The DNS server for validation; without it every challenge is valid
    #[arg(long)]
    dns: Option<SocketAddr>,
    /// The port where HTTP-01 is looked for
    #[arg(long, default_value_t = 80)]
    http_port: u16,
    /// The port where TLS-ALPN-01 is looked for
    #[arg(long, default_value_t = 443)]
    tls_port: u16,
    /// Look up CAA records, in which the CA is called ca.test
    #[arg(long, requires = "dns")]
    caa: bool,
    /// Require external account bindings, with this key (KID:KEY, the key in base64url); may be repeated
    #[arg(long, value_name = "KID:KEY")]
    eab: Vec<String>,
    /// The rate limits
    #[arg(long, value_enum, default_value_t = LimitSet::None)]
    limits: LimitSet,
    /// Require agreement to the terms at this URL
    #[arg(long)]
    terms: Option<String>,
    /// Refuse so many percent of good nonces
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    nonce_reject: u8,
    /// Use so many percent of valid authorizations again
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    authz_reuse: u8,
    /// Keep orders processing for so many seconds
    #[arg(long, default_value_t = 0)]
    processing: u64,
    /// The lifetime of certificates in hours, instead of the profiles classic, tlsserver and shortlived
    #[arg(long)]
    lifetime: Option<u64>,
    /// Let the CA's clock stand still until it is advanced
    #[arg(long, requires = "management")]
    virtual_time: bool,
    /// The seed of all chance
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum LimitSet {
    /// No limits
    None,
    /// Those of Let's Encrypt
    Letsencrypt,
    /// Those of Let's Encrypt's staging service
    Staging,
}

impl Arguments {
    pub(crate) fn builder(&self) -> Result<TestCaBuilder> {
        let mut builder = TestCa::builder()
            .listen(self.listen)
            .limits(match self.limits {
                LimitSet::None => Limits::none(),
                LimitSet::Letsencrypt => Limits::lets_encrypt(),
                LimitSet::Staging => Limits::lets_encrypt_staging(),
            })
            .nonce_rejection(f64::from(self.nonce_reject) / 100.0)
            .authorization_reuse(AuthorizationReuse::Sometimes(f64::from(self.authz_reuse) / 100.0))
            .processing(Duration::from_secs(self.processing))
            .validation(self.validation())
            .seed(self.seed);
        builder = match self.lifetime {
            Some(hours) => builder.lifetime(Duration::from_secs(hours * 3600)),
            None => builder.profile(Profile::classic()).profile(Profile::tlsserver()).profile(Profile::shortlived()),
        };
        if let Some(terms) = &self.terms {
            builder = builder.terms(terms);
        }
        if !self.eab.is_empty() {
            builder = builder.external_accounts(ExternalAccounts::Required);
        }
        for pair in &self.eab {
            let Some((kid, key)) = pair.split_once(':') else { bail!("{pair} is not KID:KEY") };
            let key =
                BASE64_URL_SAFE_NO_PAD.decode(key).with_context(|| format!("the key of {kid} is not base64url"))?;
            builder = builder.external_key(kid, &key);
        }
        if self.virtual_time {
            builder = builder.clock(VirtualClock::starting_at(SystemClock.now()));
        }
        Ok(builder)
    }

    pub(crate) fn directory(&self) -> Result<PathBuf> {
        match &self.directory {
            Some(directory) => Ok(directory.clone()),
            None => std::env::current_dir().context("there is no current directory"),
        }
    }

    fn validation(&self) -> Validation {
        let Some(dns) = self.dns else { return Validation::Always };
        let network = Network::with_dns(dns).http_port(self.http_port).tls_port(self.tls_port);
        Validation::Network(if self.caa { network.check_caa() } else { network })
    }
}
