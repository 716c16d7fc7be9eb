//! An authoritative DNS server: Knot on loopback, with zones made of the records that a test names. Unlike
//! `pebble-challtestsrv` it answers NXDOMAIN, NS, SOA and DS, and signs zones.

use std::{
    fmt::Write as _,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};
use tokio::net::UdpSocket;

use crate::{
    Binaries, ports,
    process::{self, Service},
};

/// A zone to serve.
#[derive(Clone, Debug)]
pub struct Zone {
    name: String,
    contents: Contents,
}

#[derive(Clone, Debug)]
enum Contents {
    Records(String),
    Signed(String),
    Missing,
}

impl Zone {
    /// Serve these records, in zone file syntax, names being relative to the zone; SOA and NS are added.
    pub fn new(name: &str, records: &str) -> Self {
        Self { name: name.to_owned(), contents: Contents::Records(records.to_owned()) }
    }

    /// Serve these records signed; [`Knot::ds`] tells with which key.
    pub fn signed(name: &str, records: &str) -> Self {
        Self { name: name.to_owned(), contents: Contents::Signed(records.to_owned()) }
    }

    /// Be set up for the zone, but without its contents: every question is answered with SERVFAIL.
    pub fn broken(name: &str) -> Self {
        Self { name: name.to_owned(), contents: Contents::Missing }
    }

    fn records(&self) -> Option<&str> {
        match &self.contents {
            Contents::Records(records) | Contents::Signed(records) => Some(records),
            Contents::Missing => None,
        }
    }

    fn is_signed(&self) -> bool {
        matches!(self.contents, Contents::Signed(_))
    }
}

/// A running Knot.
pub struct Knot {
    address: SocketAddr,
    config: PathBuf,
    keymgr: PathBuf,
    _service: Service,
}

impl Knot {
    /// Start Knot on a port of its own choice with its files in `directory`, and wait until it serves all zones.
    pub async fn start(binaries: &Binaries, directory: &Path, zones: &[Zone]) -> Result<Self> {
        let run = directory.join("run");
        fs::create_dir_all(&run).with_context(|| format!("cannot make {}", run.display()))?;
        for zone in zones {
            if let Some(records) = zone.records() {
                let file = zone_file(directory, zone);
                fs::write(&file, zone_text(&zone.name, records))
                    .with_context(|| format!("cannot write {}", file.display()))?;
            }
        }
        let (config, log) = (directory.join("knot.conf"), directory.join("knot.log"));
        let program = binaries.knotd()?;
        let keymgr = binaries.keymgr()?.to_owned();
        let mut taken = anyhow!("no port was tried");
        for _ in 0..ports::ATTEMPTS {
            process::clear_log(&log)?;
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()?));
            fs::write(&config, config_text(directory, address, zones)).context("cannot write knot.conf")?;
            let service = Service::spawn("knotd", Command::new(program).arg("-c").arg(&config), &log)?;
            match service.ready(async || answers(address, zones).await).await {
                Ok(()) => return Ok(Self { address, config, keymgr, _service: service }),
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

    /// Return the DS record of a signed zone, as a zone file has it.
    pub fn ds(&self, zone: &str) -> Result<String> {
        let output = Command::new(&self.keymgr)
            .arg("-c")
            .arg(&self.config)
            .args([zone, "ds"])
            .output()
            .context("cannot run keymgr")?;
        let text = String::from_utf8_lossy(&output.stdout);
        // Digest type 2 is SHA-256.
        let line = text.lines().find(|line| line.split_whitespace().nth(4) == Some("2"));
        line.map(str::to_owned)
            .with_context(|| format!("keymgr names no DS record: {text}{}", String::from_utf8_lossy(&output.stderr)))
    }
}

fn zone_file(directory: &Path, zone: &Zone) -> PathBuf {
    directory.join(format!("{}.zone", if zone.name.is_empty() { "root" } else { &zone.name }))
}

fn zone_text(name: &str, records: &str) -> String {
    format!("$ORIGIN {name}.\n$TTL 1\n@ SOA ns.dns.rig. admin.dns.rig. 1 60 60 60 1\n@ NS ns.dns.rig.\n{records}\n")
}

fn config_text(directory: &Path, address: SocketAddr, zones: &[Zone]) -> String {
    let home = directory.display();
    let mut text = format!(
        "server:\n  rundir: {home}/run\n  listen: {}@{}\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n\
         database:\n  storage: {home}\n  journal-db-max-size: 16M\n  kasp-db-max-size: 16M\n  timer-db-max-size: 16M\n\
         control:\n  listen: knot.sock\n\
         log:\n  - target: stderr\n    any: info\n\
         policy:\n  - id: sign\n    algorithm: ecdsap256sha256\n    single-type-signing: on\n    cds-cdnskey-publish: none\n\
         zone:\n",
        address.ip(),
        address.port(),
    );
    for zone in zones {
        let file = zone_file(directory, zone);
        let signing = if zone.is_signed() { "on\n    dnssec-policy: sign" } else { "off" };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "  - domain: {}.\n    file: {}\n    zonefile-sync: -1\n    zonefile-load: whole\n    journal-content: none\n    \
             dnssec-signing: {signing}",
            zone.name,
            file.display()
        );
    }
    text
}

/// A zone is there when its SOA record is.
async fn answers(address: SocketAddr, zones: &[Zone]) -> Result<()> {
    for zone in zones.iter().filter(|zone| zone.records().is_some()) {
        let answer = soa(address, &zone.name).await?;
        let (rcode, count) = (answer.get(3).map(|byte| byte & 15), answer.get(7));
        if (rcode, count) != (Some(0), Some(&1)) {
            bail!("zone {:?} is not served yet", zone.name);
        }
    }
    Ok(())
}

/// Ask for the SOA record of a zone.
pub(crate) async fn soa(address: SocketAddr, zone: &str) -> Result<Vec<u8>> {
    let mut question = vec![0x4d, 0x4d, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in zone.split('.').filter(|label| !label.is_empty()) {
        question.push(u8::try_from(label.len())?);
        question.extend(label.as_bytes());
    }
    question.extend([0, 0, 6, 0, 1]);
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    socket.connect(address).await?;
    socket.send(&question).await?;
    let mut answer = vec![0; 1_500];
    let length = socket.recv(&mut answer).await?;
    answer.truncate(length);
    Ok(answer)
}
