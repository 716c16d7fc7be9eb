//! A resolver: Unbound on loopback, which finds each zone at the server that a test names and nothing else.

use std::{
    fmt::Write as _,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};

use crate::{
    Binaries, knot, ports,
    process::{self, Service},
};

/// What the resolver does.
#[derive(Clone, Debug, Default)]
pub struct Resolution {
    /// Zones and who serves them; the root must be among them.
    pub zones: Vec<(String, SocketAddr)>,
    /// DS records that are believed. Without any, nothing is validated.
    pub anchors: Vec<String>,
    /// Zones that are not validated although something above them is.
    pub insecure: Vec<String>,
    /// Zones that are refused.
    pub refused: Vec<String>,
}

/// A running Unbound.
pub struct Unbound {
    address: SocketAddr,
    _service: Service,
}

impl Unbound {
    /// Start Unbound on a port of its own choice with its files in `directory`, and wait until it answers.
    pub async fn start(binaries: &Binaries, directory: &Path, plan: &Resolution) -> Result<Self> {
        let (config, log) = (directory.join("unbound.conf"), directory.join("unbound.log"));
        let program = binaries.unbound()?;
        let mut taken = anyhow!("no port was tried");
        for _ in 0..ports::ATTEMPTS {
            process::clear_log(&log)?;
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()?));
            fs::write(&config, config_text(directory, address, plan)).context("cannot write unbound.conf")?;
            let service = Service::spawn("unbound", Command::new(program).arg("-d").arg("-c").arg(&config), &log)?;
            let answers = async || {
                let answer = knot::soa(address, "").await?;
                if answer.get(3).map(|byte| byte & 15) != Some(0) {
                    bail!("the root is not answered yet");
                }
                Ok(())
            };
            match service.ready(answers).await {
                Ok(()) => return Ok(Self { address, _service: service }),
                Err(error) if service.port_taken() => taken = error,
                Err(error) => return Err(error),
            }
        }
        Err(taken)
    }

    /// Return the address that answers, over UDP and TCP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn config_text(directory: &Path, address: SocketAddr, plan: &Resolution) -> String {
    let home = directory.display();
    let modules = if plan.anchors.is_empty() { "iterator" } else { "validator iterator" };
    let mut text = format!(
        "server:\n  interface: {ip}@{port}\n  port: {port}\n  directory: \"{home}\"\n  chroot: \"\"\n  username: \"\"\n  \
         pidfile: \"{home}/unbound.pid\"\n  use-syslog: no\n  logfile: \"\"\n  verbosity: 1\n  num-threads: 1\n  do-ip6: no\n  \
         do-not-query-localhost: no\n  qname-minimisation: no\n  ede: yes\n  module-config: \"{modules}\"\n  \
         msg-cache-size: 1m\n  rrset-cache-size: 1m\n  outgoing-range: 64\n  num-queries-per-thread: 32\n  \
         local-zone: \"test.\" nodefault\n",
        ip = address.ip(),
        port = address.port(),
    );
    // Writing to a String cannot fail.
    for anchor in &plan.anchors {
        let _ = writeln!(text, "  trust-anchor: \"{anchor}\"");
    }
    for zone in &plan.insecure {
        let _ = writeln!(text, "  domain-insecure: \"{zone}.\"");
    }
    for zone in &plan.refused {
        let _ = writeln!(text, "  local-zone: \"{zone}.\" refuse");
    }
    text += "remote-control:\n  control-enable: no\n";
    for (zone, server) in &plan.zones {
        let (ip, port) = (server.ip(), server.port());
        let _ = writeln!(text, "stub-zone:\n  name: \"{zone}.\"\n  stub-addr: {ip}@{port}\n  stub-prime: no");
    }
    text
}
