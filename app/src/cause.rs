//! What each problem code means, and what to do about it.

/// A cause in the words of the person who must mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What is wrong.
    pub title: String,
    /// What to do; empty where we do not know.
    pub remedy: String,
}

// Code, title, remedy. `dcv_…` are ACME error types (RFC 8555, section 6.7) of a name's validation.
const CAUSES: [(&str, &str, &str); 41] = [
    (
        "dcv_dns",
        "The name does not resolve",
        "Create an A or AAAA record for the name that points to this server, or exclude the name.",
    ),
    (
        "dcv_connection",
        "The provider cannot reach the name over HTTP",
        "Check that the name points to this server and that port 80 is open to the internet.",
    ),
    (
        "dcv_unauthorized",
        "Another server answers for the name",
        "Point the name’s A and AAAA records to this server. A forgotten AAAA record is the usual cause.",
    ),
    (
        "dcv_incorrect_response",
        "The name gives a wrong answer to the challenge",
        "Check redirects and rewrite rules for /.well-known/acme-challenge/ on the website.",
    ),
    (
        "dcv_caa",
        "A CAA record forbids this provider",
        "Add the provider to the domain’s CAA record, remove the record, or choose another provider.",
    ),
    (
        "dcv_tls",
        "A redirect to HTTPS ends in a TLS error",
        "Let /.well-known/acme-challenge/ answer over plain HTTP, without a redirect.",
    ),
    ("dcv_malformed", "The provider does not accept the name", "Check the name’s spelling, or exclude the name."),
    (
        "dcv_rejected_identifier",
        "The provider refuses the name by its policy",
        "Exclude the name, or choose another provider.",
    ),
    (
        "dcv_unsupported_identifier",
        "The provider issues no certificates for such a name",
        "Exclude the name, or choose another provider.",
    ),
    ("dcv_rate_limited", "The provider’s limit for this name is used up", "Nothing: a later run tries again."),
    ("dcv_server_internal", "The provider failed while validating the name", "Nothing: the next run tries again."),
    ("dns_no_such_name", "The name does not exist", ""),
    ("dns_no_address", "The name has no address", ""),
    ("address_elsewhere", "The name leads to another server", ""),
    ("connect_refused", "Nothing answers on port 80", ""),
    ("http_not_found", "The token is not found on the website", ""),
    ("persist_missing", "The persistent validation record is not there", ""),
    ("persist_other_account", "The persistent validation record names another account", ""),
    ("persist_expired", "The persistent validation record has expired", ""),
    ("persist_no_wildcard", "The persistent validation record is not for wildcards", ""),
    ("ipv6_unreachable", "The name’s IPv6 address does not answer", ""),
    (
        "foreign_left_alone",
        "A certificate that AutoSSL did not install does not secure the name",
        "Whoever installed it renews it, or the options let AutoSSL replace such certificates.",
    ),
    (
        "foreign_still_valid",
        "A certificate that AutoSSL did not install does not name this name",
        "Add the name to that certificate, or wait: AutoSSL replaces it within 3 days of its end.",
    ),
    (
        "foreign_vetted",
        "An EV, OV or IV certificate does not secure the name any more",
        "Whoever paid for it renews it, or the options let AutoSSL replace such certificates, too.",
    ),
    (
        "foreign_unreadable",
        "AutoSSL did not install the certificate and cannot read it",
        "Let AutoSSL read the file, or correct its path where users are imported from.",
    ),
    (
        "over_limit",
        "The provider allows no more names in a certificate",
        "Split the website, or exclude names that need no certificate.",
    ),
    ("ca_budget", "The provider’s limit is used up for now", "Nothing: the job goes on when the limit allows."),
    ("total_dcv_failure", "No name of the website passed validation", "See the reason at each name."),
    (
        "ca_unreachable",
        "The provider does not answer",
        "Check this server’s way to the internet and the provider’s status page. The next run tries again.",
    ),
    (
        "ca_timeout",
        "The provider takes too long to answer",
        "See the provider’s status page. The next run tries again.",
    ),
    (
        "ca_not_acme",
        "Something other than the provider answers",
        "Check the provider’s directory URL, and proxies between it and this server.",
    ),
    ("ca_rate_limited", "The provider’s limit is used up", "Nothing: a later run tries again."),
    ("ca_refused", "The provider refused the order", "The provider’s own words say why."),
    ("ca_unfinished", "The provider has not finished", "Nothing: the next run asks again."),
    (
        "certificate_unusable",
        "The provider sent a certificate that cannot be used",
        "Tell the provider. The old certificate stays in place.",
    ),
    (
        "not_served",
        "A service does not present the new certificate",
        "Look for another virtual host with the same name, or a proxy in front of the service.",
    ),
    ("deputy_down", "The deputy does not answer", "Start it: autossl deputy."),
    (
        "service_down",
        "A service does not run",
        "Start it. AutoSSL brings the certificate there by itself, within an hour.",
    ),
    (
        "service_config_refused",
        "A service refused the website’s configuration",
        "Its own words say why. The old configuration is back in place.",
    ),
    (
        "service_config_broken",
        "A service’s configuration was broken before AutoSSL came",
        "Run its configuration test (such as apachectl configtest), mend what it names, and run AutoSSL again.",
    ),
    ("service_reload_failed", "A service did not reload", "See its log. The old configuration is back in place."),
];

/// Explain a code; an unknown one is written as words. `told` is what the server says about it, which counts for more.
#[must_use]
pub fn explain(code: &str, told: &str) -> Cause {
    let known = CAUSES.iter().find(|(known, ..)| *known == code);
    let title = known.map_or_else(|| crate::text::code_as_words(code), |(_, title, _)| (*title).to_owned());
    let remedy = if told.is_empty() { known.map_or("", |(.., remedy)| remedy) } else { told };
    Cause { title, remedy: remedy.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_says_what_to_do() {
        for (code, title, remedy) in CAUSES {
            assert!(!title.is_empty() && !title.ends_with('.'), "{code}: a title is no sentence");
            let ours = ["dns_", "address_", "connect_", "persist_"].iter().any(|start| code.starts_with(start));
            let told = ours || code.starts_with("http_") || code.starts_with("ipv6_");
            assert!(told == remedy.is_empty(), "{code}: the server tells what to do exactly where the check is ours");
            assert!(told || remedy.ends_with('.'), "{code}: a remedy is a sentence");
        }
    }

    #[test]
    fn an_unknown_code_is_not_hidden() {
        let cause = Cause { title: "Dns moon phase".into(), remedy: "Wait.".into() };
        assert_eq!(explain("dns_moon_phase", "Wait."), cause);
    }
}
