//! DNS on loopback: `pebble-challtestsrv` with everything but DNS switched off, and its management calls.

use std::{
    fs,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};

use crate::{
    Binaries, http, ports,
    process::{self, Service},
};

mod query;

/// A DNS server that knows only what it is told.
///
/// **It never answers NXDOMAIN:** a name it was not told about exists and has no addresses (NOERROR with no answer), so
/// "the name does not exist" cannot be tested with it; Pebble then reports that no valid address was found. Query types
/// other than A, AAAA, CNAME, TXT and CAA are answered with NOTIMP. A wildcard is not matched: add every name.
pub struct Dns {
    address: SocketAddr,
    management: SocketAddr,
    service: Option<Service>,
}

impl Dns {
    /// Start the server on ports of its own choice, with its log in `directory`, and wait until it answers.
    pub async fn start(binaries: &Binaries, directory: &Path) -> Result<Self> {
        fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
        let program = binaries.challtestsrv()?;
        let dns_option = dns_option(program)?;
        let log = directory.join("dns.log");
        let mut taken = anyhow!("no port was tried");
        for _ in 0..ports::ATTEMPTS {
            process::clear_log(&log)?;
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()?));
            let management = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()?));
            let mut command = Command::new(program);
            command.env_clear().args(["-defaultIPv4", "", "-defaultIPv6", "", "-http01", "", "-https01", ""]);
            command.args(["-tlsalpn01", "", "-management", &management.to_string()]);
            command.args([dns_option.argument, &address.to_string()]);
            command.args(dns_option.more);
            let service = Service::spawn("pebble-challtestsrv", &mut command, &log)?;
            let dns = Self { address, management, service: Some(service) };
            match dns.ready().await {
                Ok(()) => return Ok(dns),
                Err(error) if dns.service.as_ref().is_some_and(Service::port_taken) => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    /// Return the address that answers, over UDP and TCP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Give `name` an IPv4 address, beside those it has.
    pub async fn add_a(&self, name: &str, address: Ipv4Addr) -> Result<()> {
        self.manage("/add-a", &json!({"host": name, "addresses": [address.to_string()]})).await
    }

    /// Give `name` an IPv6 address, beside those it has. A CA tries IPv6 first, and Pebble only that.
    pub async fn add_aaaa(&self, name: &str, address: Ipv6Addr) -> Result<()> {
        self.manage("/add-aaaa", &json!({"host": name, "addresses": [address.to_string()]})).await
    }

    /// Make `name` an alias of `target`.
    pub async fn set_cname(&self, name: &str, target: &str) -> Result<()> {
        self.manage("/set-cname", &json!({"host": name, "target": target})).await
    }

    /// Answer every query for `name` with SERVFAIL.
    pub async fn set_servfail(&self, name: &str) -> Result<()> {
        self.manage("/set-servfail", &json!({"host": name})).await
    }

    /// Forget all that [`add_a`](Self::add_a), [`add_aaaa`](Self::add_aaaa), [`set_cname`](Self::set_cname) and
    /// [`set_servfail`](Self::set_servfail) said about `name`.
    pub async fn clear(&self, name: &str) -> Result<()> {
        for path in ["/clear-a", "/clear-aaaa", "/clear-cname", "/clear-servfail"] {
            self.manage(path, &json!({"host": name})).await?;
        }
        Ok(())
    }

    /// Ask the server itself for the IPv4 addresses of `name`, as a CA would. SERVFAIL is an error, no address is not.
    pub async fn lookup_a(&self, name: &str) -> Result<Vec<Ipv4Addr>> {
        query::a_over_tcp(self.address, name).await
    }

    /// Kill the server and wait for its end. Dropping does the same.
    pub async fn stop(&mut self) -> Result<()> {
        match self.service.take() {
            Some(service) => service.stop().await,
            None => Ok(()),
        }
    }

    /// The server logs a failed bind and lives on, so one record set by the one port must come back from the other.
    async fn ready(&self) -> Result<()> {
        let Some(service) = &self.service else { bail!("pebble-challtestsrv is stopped") };
        let probe = format!("ready-{}.rig.invalid", service.pid());
        service
            .ready(async || {
                self.add_a(&probe, Ipv4Addr::LOCALHOST).await?;
                if query::a_over_udp(self.address, &probe).await?.is_empty() || self.lookup_a(&probe).await?.is_empty()
                {
                    bail!("{} does not know what {} was told", self.address, self.management);
                }
                Ok(())
            })
            .await?;
        self.clear(&probe).await
    }

    async fn manage(&self, path: &str, body: &Value) -> Result<()> {
        let answer = http::post_json(self.management, path, body).await;
        let answer = answer.with_context(|| format!("pebble-challtestsrv does not take {path}"))?;
        if answer.status != 200 {
            bail!("pebble-challtestsrv answered {} to {path} {body}: {}", answer.status, answer.text());
        }
        Ok(())
    }
}

struct DnsOption {
    argument: &'static str,
    more: &'static [&'static str],
}

/// Ask the program which of its generations it is: 2.4.0 says `-dns01`, later ones `-dnsserver`, and DoH came between.
fn dns_option(program: &Path) -> Result<DnsOption> {
    let output = Command::new(program).arg("-h").output();
    let output = output.with_context(|| format!("cannot run {}", program.display()))?;
    let usage = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    let argument = if usage.contains("-dnsserver") { "-dnsserver" } else { "-dns01" };
    let more: &[&str] = if usage.contains("-doh ") { &["-doh", ""] } else { &[] };
    Ok(DnsOption { argument, more })
}
