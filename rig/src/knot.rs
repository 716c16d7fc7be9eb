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
    Binaries, TsigKey, Zone, ports,
    process::{self, Service},
    zone,
};

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
                let file = zone.file(directory);
                fs::write(&file, zone.text(records)).with_context(|| format!("cannot write {}", file.display()))?;
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

fn config_text(directory: &Path, address: SocketAddr, zones: &[Zone]) -> String {
    let home = directory.display();
    let mut text = format!(
        "server:\n  rundir: {home}/run\n  listen: {}@{}\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n\
         database:\n  storage: {home}\n  journal-db-max-size: 16M\n  kasp-db-max-size: 16M\n  timer-db-max-size: 16M\n\
         control:\n  listen: knot.sock\n\
         log:\n  - target: stderr\n    any: info\n\
         policy:\n  - id: sign\n    algorithm: ecdsap256sha256\n    single-type-signing: on\n    cds-cdnskey-publish: none\n",
        address.ip(),
        address.port(),
    );
    // Writing to a String cannot fail.
    text += "key:\n";
    for TsigKey { name, algorithm, secret } in zone::keys(zones) {
        let _ = writeln!(text, "  - id: {name}\n    algorithm: {algorithm}\n    secret: {secret}");
    }
    text += "acl:\n  - id: copy\n    address: 127.0.0.0/8\n    action: transfer\n";
    for TsigKey { name, .. } in zone::keys(zones) {
        let _ = writeln!(text, "  - id: change-{name}\n    key: {name}\n    action: update\n    update-type: TXT");
    }
    text += "zone:\n";
    for zone in zones {
        let file = zone.file(directory);
        let change = zone.key.map(|key| format!(", change-{}", key.name)).unwrap_or_default();
        let signing = if zone.is_signed() { "on\n    dnssec-policy: sign" } else { "off" };
        let _ = writeln!(
            text,
            "  - domain: {}.\n    file: {}\n    zonefile-sync: -1\n    zonefile-load: whole\n    journal-content: none\n    \
             dnssec-signing: {signing}\n    acl: [copy{change}]",
            zone.name,
            file.display()
        );
    }
    text
}

/// A zone is there when its SOA record is.
pub(crate) async fn answers(address: SocketAddr, zones: &[Zone]) -> Result<()> {
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
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    socket.connect(address).await?;
    socket.send(&soa_question(zone)?).await?;
    let mut answer = vec![0; 1_500];
    let length = socket.recv(&mut answer).await?;
    answer.truncate(length);
    Ok(answer)
}

/// Write the question for the SOA record of a zone.
pub(crate) fn soa_question(zone: &str) -> Result<Vec<u8>> {
    let mut question = vec![0x4d, 0x4d, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in zone.split('.').filter(|label| !label.is_empty()) {
        question.push(u8::try_from(label.len())?);
        question.extend(label.as_bytes());
    }
    question.extend([0, 0, 6, 0, 1]);
    Ok(question)
}
