//! What an administrator says of a zone, checked, and put together as the configuration would have it.

use super::open;
use super::secret::{KeyWords, Secret, TsigAlgorithm};
use crate::config::{DnsAccess, DnsKeyConfig, DnsToken, DnsZoneConfig};
use crate::model::{DnsKind, DnsZoneSettings};

/// What becomes of the secret of a zone that is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept<'a> {
    /// There is none.
    Nothing,
    /// It was set for these settings and is taken over where none is given.
    Secret(&'a DnsZoneSettings, Secret),
}

/// Check settings and bring them into the form in which they are kept. `given` is the secret as it was given: a key as name
/// servers write it, or its base64 alone; a token.
pub(crate) fn checked(
    settings: DnsZoneSettings,
    given: Option<&str>,
    kept: Kept<'_>,
) -> Result<(DnsZoneSettings, Option<Secret>), String> {
    let mut settings = trimmed(settings)?;
    let given = given.map(str::trim).filter(|text| !text.is_empty());
    let secret = match settings.kind {
        DnsKind::Rfc2136 => key(&mut settings, given, kept)?,
        DnsKind::Provider => Some(token(&settings, given, kept)?),
        DnsKind::Command => None,
    };
    // What the configuration would be refused for is refused here, too.
    let config = config(&settings, secret.clone()).map_err(|why| refused(&settings.zone, &why))?;
    open::zone(&config)?;
    Ok((settings, secret))
}

/// Put checked settings and their secret together.
pub(crate) fn config(settings: &DnsZoneSettings, secret: Option<Secret>) -> Result<DnsZoneConfig, String> {
    let access = match settings.kind {
        DnsKind::Rfc2136 => {
            let key = |secret| {
                let algorithm = Some(TsigAlgorithm::parse(&settings.algorithm)?);
                let words = KeyWords { name: Some(settings.key_name.clone()), algorithm, secret: Some(secret) };
                Ok::<_, String>(DnsKeyConfig { words, file: None })
            };
            let key = secret.map(key).transpose()?;
            DnsAccess::Rfc2136 { server: settings.server.clone(), key, ttl: settings.ttl }
        }
        DnsKind::Provider => DnsAccess::Hosted {
            provider: settings.provider.clone(),
            token: DnsToken::Text(secret.ok_or("the token is missing")?),
            url: Some(settings.server.clone()).filter(|url| !url.is_empty()),
            ttl: settings.ttl,
        },
        DnsKind::Command => DnsAccess::Command { command: settings.command.clone() },
    };
    let address = |text: &String| text.parse().map_err(|_| format!("{text:?} is not an address with a port"));
    Ok(DnsZoneConfig {
        zone: settings.zone.clone(),
        access,
        check_at: settings.check_at.iter().map(address).collect::<Result<_, _>>()?,
        timeout: settings.timeout,
        propagation_timeout: settings.propagation_timeout,
    })
}

/// Tell what a secret is sealed for. A token is sealed for the place that it is sent to, too.
pub(crate) fn purpose(settings: &DnsZoneSettings) -> String {
    let DnsZoneSettings { zone, provider, server, .. } = settings;
    match settings.kind {
        DnsKind::Provider => format!("token of DNS zone {zone} at {provider} {server}").trim_end().to_owned(),
        DnsKind::Rfc2136 | DnsKind::Command => format!("key of DNS zone {zone}"),
    }
}

/// Describe a zone of the configuration file as one that was added.
pub(crate) fn of_config(config: &DnsZoneConfig) -> DnsZoneSettings {
    let mut settings = DnsZoneSettings::new(config.zone.clone(), DnsKind::Command);
    match &config.access {
        DnsAccess::Rfc2136 { server, ttl, .. } => {
            (settings.kind, settings.ttl) = (DnsKind::Rfc2136, *ttl);
            settings.server.clone_from(server);
        }
        DnsAccess::Hosted { provider, url, ttl, .. } => {
            (settings.kind, settings.ttl) = (DnsKind::Provider, *ttl);
            settings.provider.clone_from(provider);
            settings.server = url.clone().unwrap_or_default();
        }
        DnsAccess::Command { command } => settings.command.clone_from(command),
    }
    settings.check_at = config.check_at.iter().map(ToString::to_string).collect();
    (settings.timeout, settings.propagation_timeout) = (config.timeout, config.propagation_timeout);
    settings
}

/// Take blanks off and refuse what does not go together.
fn trimmed(mut settings: DnsZoneSettings) -> Result<DnsZoneSettings, String> {
    settings.zone = open::zone_name(settings.zone.trim()).map_err(|why| refused(&settings.zone, &why))?;
    for text in [&mut settings.server, &mut settings.provider, &mut settings.key_name, &mut settings.algorithm] {
        *text = text.trim().to_owned();
    }
    settings.command.retain(|word| !word.is_empty());
    for text in &mut settings.check_at {
        *text = text.trim().to_owned();
    }
    settings.check_at.retain(|text| !text.is_empty());
    let is_key = !settings.key_name.is_empty() || !settings.algorithm.is_empty();
    let wrong = match settings.kind {
        DnsKind::Rfc2136 if settings.server.is_empty() => Some("kind rfc2136 needs the server"),
        DnsKind::Provider if settings.provider.is_empty() => Some("kind provider needs the provider's name"),
        DnsKind::Command if settings.command.is_empty() => Some("kind command needs the command"),
        DnsKind::Rfc2136 | DnsKind::Command if !settings.provider.is_empty() => Some("a provider is for kind provider"),
        DnsKind::Rfc2136 | DnsKind::Provider if !settings.command.is_empty() => Some("a command is for kind command"),
        DnsKind::Provider | DnsKind::Command if is_key => Some("keys are for kind rfc2136"),
        DnsKind::Command if !settings.server.is_empty() || settings.ttl != 0 => {
            Some("server and ttl are not for kind command")
        }
        // The program that a relative path means would depend on the directory that the server was started in.
        DnsKind::Command if is_relative(&settings.command) => Some("the command needs its whole path"),
        DnsKind::Rfc2136 | DnsKind::Provider | DnsKind::Command => None,
    };
    match wrong {
        Some(why) => Err(refused(&settings.zone, why)),
        None => Ok(settings),
    }
}

fn is_relative(command: &[String]) -> bool {
    command.first().is_some_and(|program| program.contains('/') && !program.starts_with('/'))
}

/// Find the key that signs changes, and complete the settings with what it says.
fn key(settings: &mut DnsZoneSettings, given: Option<&str>, kept: Kept<'_>) -> Result<Option<Secret>, String> {
    let refuse = |why: &str| refused(&settings.zone, why);
    let in_file = match (given, kept) {
        (Some(text), _) => KeyWords::parse(text).map_err(|why| refuse(&why))?,
        (None, Kept::Secret(before, secret)) if before.kind == DnsKind::Rfc2136 => {
            KeyWords { secret: Some(secret), ..KeyWords::default() }
        }
        (None, _) => KeyWords::default(),
    };
    if given.is_none() && settings.key_name.is_empty() {
        settings.algorithm.clear();
        return Ok(None);
    }
    let algorithm = Some(settings.algorithm.as_str()).filter(|name| !name.is_empty()).map(TsigAlgorithm::parse);
    let words = KeyWords {
        name: Some(settings.key_name.clone()).filter(|name| !name.is_empty()),
        algorithm: algorithm.transpose().map_err(|why| refuse(&why))?,
        secret: None,
    };
    let key = words.complete(in_file).map_err(|why| refuse(&why))?;
    settings.key_name = key.name;
    settings.algorithm = key.algorithm.as_str().to_owned();
    Ok(Some(key.secret))
}

/// Find the token. One that is kept goes nowhere else than it went before.
fn token(settings: &DnsZoneSettings, given: Option<&str>, kept: Kept<'_>) -> Result<Secret, String> {
    let refuse = |why: &str| refused(&settings.zone, why);
    match (given, kept) {
        (Some(text), _) => Secret::from_text(text).map_err(|why| refuse(&why)),
        (None, Kept::Secret(before, secret)) if purpose(before) == purpose(settings) => Ok(secret),
        (None, Kept::Secret(before, _)) if before.kind == DnsKind::Provider => {
            Err(refuse("the token has to be given again, since it would be sent to another place"))
        }
        (None, _) => Err(refuse("kind provider needs a token")),
    }
}

fn refused(zone: &str, why: &str) -> String {
    format!("DNS zone {zone:?}: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "4tomw4aOAVnexkyKMWTYFthBvzxgjZkOkAKp2Xpk4Qs=";

    fn zone(kind: DnsKind) -> DnsZoneSettings {
        DnsZoneSettings::new("A.test.".into(), kind)
    }

    fn said(settings: DnsZoneSettings, given: Option<&str>) -> String {
        checked(settings, given, Kept::Nothing).unwrap_err()
    }

    #[test]
    fn a_key_file_says_what_the_settings_leave_open() {
        let settings = DnsZoneSettings { server: " 192.0.2.1 ".into(), ..zone(DnsKind::Rfc2136) };
        let file = format!("key \"k\" {{ algorithm hmac-sha512; secret \"{SECRET}\"; }};");
        let (kept, secret) = checked(settings.clone(), Some(&file), Kept::Nothing).unwrap();
        assert_eq!((kept.zone.as_str(), kept.server.as_str()), ("a.test", "192.0.2.1"));
        assert_eq!((kept.key_name.as_str(), kept.algorithm.as_str()), ("k", "hmac-sha512"));
        assert_eq!(secret, Some(Secret::from_base64(SECRET).unwrap()));
        let (unsigned, none) = checked(settings.clone(), None, Kept::Nothing).unwrap();
        assert!(none.is_none() && !unsigned.is_signed());
        assert!(said(settings.clone(), Some(SECRET)).ends_with("the key has no name"));
        let named = DnsZoneSettings { key_name: "k".into(), ..settings };
        assert!(said(named, None).ends_with("the key has no secret"));
    }

    #[test]
    fn a_secret_is_kept_but_a_token_goes_nowhere_else() {
        let secret = || Secret::from_text("t").unwrap();
        let before = DnsZoneSettings { server: "x".into(), key_name: "k".into(), ..zone(DnsKind::Rfc2136) };
        let after = DnsZoneSettings { server: "y".into(), ..before.clone() };
        let (kept, same) = checked(after, None, Kept::Secret(&before, secret())).unwrap();
        assert_eq!((kept.algorithm.as_str(), same), ("hmac-sha256", Some(secret())));

        let at = |url: &str| DnsZoneSettings {
            zone: "a.test".into(),
            provider: "powerdns".into(),
            server: url.into(),
            ..zone(DnsKind::Provider)
        };
        let before = at("http://127.0.0.1:1");
        assert!(checked(before.clone(), None, Kept::Secret(&before, secret())).is_ok());
        let error = checked(at("http://192.0.2.1"), None, Kept::Secret(&before, secret())).unwrap_err();
        assert!(error.contains("has to be given again"), "{error}");
        assert!(said(before, None).ends_with("kind provider needs a token"));
    }

    #[test]
    fn what_does_not_go_together_is_refused_with_the_zone() {
        let rfc2136 = || DnsZoneSettings { server: "x".into(), key_name: "k".into(), ..zone(DnsKind::Rfc2136) };
        let command = || DnsZoneSettings { command: vec!["x".into()], ..zone(DnsKind::Command) };
        let provider = || DnsZoneSettings { provider: "desec".into(), ..zone(DnsKind::Provider) };
        for (settings, reason) in [
            (zone(DnsKind::Rfc2136), "needs the server"),
            (zone(DnsKind::Provider), "needs the provider's name"),
            (zone(DnsKind::Command), "needs the command"),
            (DnsZoneSettings { provider: "desec".into(), ..rfc2136() }, "a provider is for kind provider"),
            (DnsZoneSettings { command: vec!["x".into()], ..provider() }, "a command is for kind command"),
            (DnsZoneSettings { key_name: "k".into(), ..command() }, "keys are for kind rfc2136"),
            (DnsZoneSettings { ttl: 5, ..command() }, "are not for kind command"),
            (DnsZoneSettings { command: vec!["./x".into()], ..command() }, "needs its whole path"),
            (DnsZoneSettings { check_at: vec!["ns1".into()], ..rfc2136() }, "is not an address with a port"),
            (DnsZoneSettings { provider: "route66".into(), ..provider() }, "is not one of bunny"),
            (DnsZoneSettings { zone: "*.test".into(), ..rfc2136() }, "it is not the name of a zone"),
        ] {
            let error = said(settings, Some("dG9rZW4="));
            assert!(error.contains(reason), "{reason}: {error}");
        }
    }
}
