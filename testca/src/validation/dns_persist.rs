//! DNS-PERSIST-01: a TXT record names this CA and the account, hashed with the domain (draft-ietf-acme-dns-persist-02).

use aws_lc_rs::digest::{SHA256, digest};

use super::{Attempt, ValidationFailure, dns::Resolver};
use crate::jws::encode;

/// Look for a record that authorizes the account.
pub(super) async fn validate(
    resolver: &Resolver,
    attempt: &Attempt,
    identities: &[String],
) -> Result<(), ValidationFailure> {
    let name = format!("_validation-persist.{}", attempt.name);
    let found = resolver.texts(&name).await?;
    let mut why = format!("no TXT record at {name} is for this CA");
    for value in &found {
        let mut parts = value.split(';').map(str::trim);
        if !parts.next().is_some_and(|issuer| identities.iter().any(|own| own == issuer)) {
            continue;
        }
        match authorizes(parts, attempt) {
            Ok(()) => return Ok(()),
            Err(reason) => why = format!("{name}: {reason}"),
        }
    }
    Err(ValidationFailure::unauthorized(why))
}

fn authorizes<'a>(parameters: impl Iterator<Item = &'a str>, attempt: &Attempt) -> Result<(), String> {
    let mut parameters: Vec<(String, &str)> = parameters
        .map(|part| part.split_once('=').map(|(tag, value)| (tag.trim().to_ascii_lowercase(), value.trim())))
        .collect::<Option<_>>()
        .ok_or("a parameter is not tag=value")?;
    let mut take = |tag: &str| {
        let at = parameters.iter().position(|(known, _)| known == tag)?;
        Some(parameters.swap_remove(at).1)
    };
    let account = take("accounturi").ok_or("accounturi is missing")?;
    if ![attempt.name.as_str(), "*"].into_iter().any(|domain| hashed_uri(domain, attempt) == account) {
        return Err(format!("accounturi={account} is another account"));
    }
    if attempt.wildcard && !take("policy").is_some_and(|policy| policy.eq_ignore_ascii_case("wildcard")) {
        return Err("policy=wildcard is missing".to_owned());
    }
    match take("persistuntil").map(str::parse::<i64>) {
        Some(Err(_)) => Err("persistUntil is not a number".to_owned()),
        Some(Ok(until)) if until < attempt.at.as_second() => Err("persistUntil has passed".to_owned()),
        Some(Ok(_)) | None => Ok(()),
    }
}

/// Section 4.1: the digest is over the length of the domain, the domain, the key's thumbprint and the account's URL.
fn hashed_uri(domain: &str, attempt: &Attempt) -> String {
    let thumbprint = attempt.key_authorization.rsplit('.').next().unwrap_or_default();
    let length = [u8::try_from(domain.len()).unwrap_or_default()];
    let input = [&length, domain.as_bytes(), thumbprint.as_bytes(), attempt.account.as_bytes()].concat();
    format!("{}sha-256/{}", attempt.account_hash_prefix, encode(digest(&SHA256, &input)))
}
