//! CAA: whether the owner of a name lets this CA issue (RFC 8659), for this account and by this method (RFC 8657).

use super::{
    Attempt, ValidationFailure,
    dns::{Caa, Resolver},
};

const KNOWN_TAGS: [&str; 6] = ["issue", "issuewild", "iodef", "issuemail", "contactemail", "contactphone"];

/// Climb from the name to its top-level domain; the first name with records decides.
pub(super) async fn check(
    resolver: &Resolver,
    attempt: &Attempt,
    identities: &[String],
) -> Result<(), ValidationFailure> {
    if attempt.name.parse::<std::net::IpAddr>().is_ok() {
        return Ok(());
    }
    let mut name = attempt.name.as_str();
    loop {
        let records = resolver.caa(name).await?;
        if !records.is_empty() {
            return decide(&records, attempt, identities).map_err(|why| {
                ValidationFailure::caa(format!("CAA record for {name} prevents issuance for {}: {why}", attempt.name))
            });
        }
        match name.split_once('.') {
            Some((_, parent)) => name = parent,
            None => return Ok(()),
        }
    }
}

fn decide(records: &[Caa], attempt: &Attempt, identities: &[String]) -> Result<(), String> {
    if let Some(unknown) = records.iter().find(|caa| caa.critical && !KNOWN_TAGS.contains(&caa.tag.as_str())) {
        return Err(format!("the critical tag {} is unknown", unknown.tag));
    }
    let tagged = |tag: &str| records.iter().filter(|caa| caa.tag == tag).collect::<Vec<_>>();
    let (issue, issue_wild) = (tagged("issue"), tagged("issuewild"));
    let relevant = if attempt.wildcard && !issue_wild.is_empty() { issue_wild } else { issue };
    if relevant.is_empty() || relevant.iter().any(|caa| permits(&caa.value, attempt, identities)) {
        return Ok(());
    }
    let values: Vec<&str> = relevant.iter().map(|caa| caa.value.as_str()).collect();
    Err(format!("none of its values permits it: {values:?}"))
}

/// One value: `ca.test; accounturi=https://…; validationmethods=http-01,dns-01`.
fn permits(value: &str, attempt: &Attempt, identities: &[String]) -> bool {
    let mut parts = value.split(';').map(str::trim);
    let issuer = parts.next().unwrap_or_default();
    if !identities.iter().any(|identity| identity.eq_ignore_ascii_case(issuer)) {
        return false;
    }
    parts.filter(|part| !part.is_empty()).all(|part| match part.split_once('=') {
        Some((key, uri)) if key.trim() == "accounturi" => uri.trim() == attempt.account,
        Some((key, methods)) if key.trim() == "validationmethods" => {
            methods.split(',').any(|method| method.trim() == attempt.challenge)
        }
        // Other parameters are the CA's own affair, and this CA has none.
        Some(_) => true,
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caa(tag: &str, value: &str) -> Caa {
        Caa { critical: true, tag: tag.to_owned(), value: value.to_owned() }
    }

    fn verdict(records: &[Caa], wildcard: bool) -> bool {
        let attempt = Attempt {
            account_hash_prefix: String::new(),
            at: jiff::Timestamp::UNIX_EPOCH,
            name: "a.test".to_owned(),
            challenge: "dns-01",
            key_authorization: "token.thumbprint".to_owned(),
            account: "https://ca/1".to_owned(),
            wildcard,
        };
        decide(records, &attempt, &["ca.test".to_owned()]).is_ok()
    }

    #[test]
    fn only_the_named_issuer_may_issue() {
        assert!(verdict(&[caa("issue", "other.test"), caa("issue", "CA.test")], false));
        assert!(!verdict(&[caa("issue", "other.test")], false));
        assert!(!verdict(&[caa("issue", ";")], false));
        assert!(verdict(&[caa("iodef", "mailto:a@a.test")], false));
        assert!(!verdict(&[caa("future", "x"), caa("issue", "ca.test")], false));
    }

    #[test]
    fn wildcards_have_a_tag_of_their_own() {
        let records = [caa("issue", "ca.test"), caa("issuewild", ";")];
        assert!(verdict(&records, false));
        assert!(!verdict(&records, true));
    }

    #[test]
    fn accounts_and_methods_can_be_pinned() {
        assert!(verdict(&[caa("issue", "ca.test; accounturi=https://ca/1; validationmethods=http-01,dns-01")], false));
        assert!(!verdict(&[caa("issue", "ca.test; accounturi=https://ca/2")], false));
        assert!(!verdict(&[caa("issue", "ca.test;validationmethods=http-01")], false));
    }
}
