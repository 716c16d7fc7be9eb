//! An authoritative DNS server: BIND on loopback, as the primary of some zones and a secondary of others.

use std::{
    fmt::Write as _,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};
use tokio::net::UdpSocket;

use crate::{
    Binaries, TsigKey, Zone, knot, ports,
    process::{self, Service},
    zone,
};

/// A running BIND. It sends no notifications: a secondary changes when [`Bind::notify`] says so.
pub struct Bind {
    address: SocketAddr,
    _service: Service,
}

impl Bind {
    /// Start BIND on a port of its own choice with its files in `directory`, and wait until it serves all zones:
    /// `zones` itself, `copies` as a secondary of the servers beside their names.
    pub async fn start(
        binaries: &Binaries,
        directory: &Path,
        zones: &[Zone],
        copies: &[(&str, SocketAddr)],
    ) -> Result<Self> {
        fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
        for zone in zones {
            if let Some(records) = zone.records() {
                let file = zone.file(directory);
                fs::write(&file, zone.text(records)).with_context(|| format!("cannot write {}", file.display()))?;
            }
        }
        let (config, log) = (directory.join("named.conf"), directory.join("named.log"));
        let program = binaries.named()?;
        let mut served = zones.to_vec();
        served.extend(copies.iter().map(|(name, _)| Zone::new(name, "")));
        let mut taken = anyhow!("no port was tried");
        for _ in 0..ports::ATTEMPTS {
            process::clear_log(&log)?;
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports::free()?));
            fs::write(&config, config_text(directory, address, zones, copies)).context("cannot write named.conf")?;
            let mut command = Command::new(program);
            command.args(["-g", "-n", "1", "-c"]).arg(&config);
            let service = Service::spawn("named", &mut command, &log)?;
            match service.ready(async || knot::answers(address, &served).await).await {
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

    /// Tell it that the primary of a zone has changed (RFC 1996), so that it copies the zone.
    pub async fn notify(&self, zone: &str) -> Result<()> {
        let mut message = knot::soa_question(zone)?;
        // The opcode NOTIFY, and AA.
        message[2] = 4 << 3 | 4;
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        socket.connect(self.address).await?;
        socket.send(&message).await?;
        let mut answer = vec![0; 512];
        let length = socket.recv(&mut answer).await?;
        match answer[..length].get(3).map(|byte| byte & 15) {
            Some(0) => Ok(()),
            rcode => bail!("named does not take the notification: {rcode:?}"),
        }
    }
}

fn config_text(directory: &Path, address: SocketAddr, zones: &[Zone], copies: &[(&str, SocketAddr)]) -> String {
    let home = directory.display();
    let mut text = format!(
        "options {{\n  directory \"{home}\";\n  pid-file \"{home}/named.pid\";\n  session-keyfile \"{home}/session.key\";\n  \
         managed-keys-directory \"{home}\";\n  listen-on port {port} {{ {ip}; }};\n  listen-on-v6 {{ none; }};\n  recursion no;\n  \
         dnssec-validation no;\n  empty-zones-enable no;\n  notify no;\n  allow-transfer {{ 127.0.0.0/8; }};\n}};\ncontrols {{ }};\n",
        ip = address.ip(),
        port = address.port(),
    );
    // Writing to a String cannot fail.
    for TsigKey { name, algorithm, secret } in zone::keys(zones) {
        let _ = writeln!(text, "key \"{name}\" {{ algorithm {algorithm}; secret \"{secret}\"; }};");
    }
    for zone in zones {
        let file = zone.file(directory);
        let policy = zone.key.map(|key| format!("update-policy {{ grant {} zonesub TXT; }};", key.name));
        let (name, file, policy) = (&zone.name, file.display(), policy.unwrap_or_default());
        let _ = writeln!(text, "zone \"{name}\" {{ type primary; file \"{file}\"; {policy} }};");
    }
    for (name, primary) in copies {
        let (ip, port) = (primary.ip(), primary.port());
        let _ = writeln!(
            text,
            "zone \"{name}\" {{ type secondary; file \"{home}/{name}.copy\"; primaries {{ {ip} port {port}; }}; }};"
        );
    }
    text
}
