//! From the configuration to zones, with errors that name the zone.

use super::command::Hook;
use super::hosted::Hosted;
use super::publisher::Publisher;
use super::rfc2136::Rfc2136;
use super::secret::{KeyWords, Secret, TsigKey};
use super::target::is_within;
use super::zone::{Batches, Zone};
use crate::config::{DnsAccess, DnsKeyConfig, DnsToken, DnsZoneConfig};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Make the zones of the configuration.
pub(super) fn zones(configured: &[DnsZoneConfig]) -> Result<Vec<Arc<Zone>>, String> {
    let mut zones: Vec<Arc<Zone>> = Vec::with_capacity(configured.len());
    for config in configured {
        let zone = zone(config)?;
        if zones.iter().any(|other| other.name == zone.name) {
            return Err(format!("DNS zone {:?} is there twice", config.zone));
        }
        zones.push(Arc::new(zone));
    }
    Ok(zones)
}

/// Make one zone; what is wrong with it is said with its name.
pub(super) fn zone(config: &DnsZoneConfig) -> Result<Zone, String> {
    unnamed(config).map_err(|reason| format!("DNS zone {:?}: {reason}", config.zone))
}

fn unnamed(config: &DnsZoneConfig) -> Result<Zone, String> {
    let mut signature = None;
    let seconds = |value: u32, default: u64| Duration::from_secs(if value == 0 { default } else { value.into() });
    let timeout = seconds(config.timeout, 30);
    let publisher: Box<dyn Publisher> = match &config.access {
        DnsAccess::Rfc2136 { server, key, ttl } => {
            let key = key.as_ref().map(tsig_key).transpose()?;
            signature = key.as_ref().map(|key| (key.name.clone(), key.algorithm));
            let ttl = if *ttl == 0 { 60 } else { *ttl };
            Box::new(Rfc2136 { server: with_port(server)?, key, ttl, timeout })
        }
        DnsAccess::Hosted { provider, token, url, ttl } => {
            let token = match token {
                DnsToken::Text(token) => token.clone(),
                DnsToken::File(path) => Secret::read_text(path)?,
            };
            let ttl = if *ttl == 0 { 60 } else { *ttl };
            Box::new(Hosted::new(provider, &token, url.as_deref(), ttl, timeout)?)
        }
        DnsAccess::Command { command } if command.first().is_none_or(|program| program.is_empty()) => {
            return Err("the command is empty".into());
        }
        DnsAccess::Command { command } => Box::new(Hook { command: command.clone(), timeout }),
    };
    Ok(Zone {
        name: zone_name(&config.zone)?,
        signature,
        publisher,
        check_at: config.check_at.clone(),
        propagation: seconds(config.propagation_timeout, 120),
        batches: Batches::default(),
    })
}

fn tsig_key(config: &DnsKeyConfig) -> Result<TsigKey, String> {
    let file = config.file.as_deref().map(KeyWords::read).transpose()?;
    config.words.clone().complete(file.unwrap_or_default())
}

/// Read the name of a zone.
pub(super) fn zone_name(text: &str) -> Result<String, String> {
    let name = text.trim_end_matches('.').to_ascii_lowercase();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(allowed);
    if name.len() <= 240 && name.split('.').all(is_label) && !is_within(&name, "arpa") {
        return Ok(name);
    }
    Err("it is not the name of a zone; write international names as A-labels (xn--)".into())
}

fn with_port(server: &str) -> Result<String, String> {
    if let Ok(ip) = server.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, 53).to_string());
    }
    let (host, port) = server.rsplit_once(':').unwrap_or((server, "53"));
    if host.is_empty() || port.parse::<u16>().is_err() || server.contains(char::is_whitespace) {
        return Err(format!("{server:?} is neither an address nor a name of a server"));
    }
    Ok(format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_port_53_unless_it_says_otherwise() {
        for (given, meant) in [
            ("192.0.2.1", "192.0.2.1:53"),
            ("192.0.2.1:5353", "192.0.2.1:5353"),
            ("2001:db8::1", "[2001:db8::1]:53"),
            ("[2001:db8::1]:54", "[2001:db8::1]:54"),
            ("ns1.example.net", "ns1.example.net:53"),
            ("ns1.example.net:54", "ns1.example.net:54"),
        ] {
            assert_eq!(with_port(given).as_deref(), Ok(meant));
        }
        for wrong in ["", ":53", "a b", "ns1:dns"] {
            assert!(with_port(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_zone_is_said_with_its_name() {
        let config = |zone: &str, command: &[&str]| DnsZoneConfig {
            zone: zone.into(),
            access: DnsAccess::Command { command: command.iter().map(|word| (*word).to_owned()).collect() },
            check_at: Vec::new(),
            timeout: 0,
            propagation_timeout: 0,
        };
        let said = |configs: &[DnsZoneConfig]| zones(configs).unwrap_err();
        assert_eq!(said(&[config("a.test", &[])]), "DNS zone \"a.test\": the command is empty");
        assert_eq!(said(&[config("a.test", &["x"]), config("A.test.", &["x"])]), "DNS zone \"A.test.\" is there twice");
        assert!(said(&[config("*.test", &["x"])]).starts_with("DNS zone \"*.test\": it is not the name of a zone"));
        let missing = DnsKeyConfig { file: Some("/nonexistent/key".into()), ..DnsKeyConfig::default() };
        let access = DnsAccess::Rfc2136 { server: "127.0.0.1".into(), key: Some(missing), ttl: 0 };
        let said = said(&[DnsZoneConfig { access, ..config("a.test", &[]) }]);
        assert!(said.starts_with("DNS zone \"a.test\": key file /nonexistent/key: "), "{said}");
    }
}
