//! Where a redirect leads, and whether CAs go there. Pure.

use crate::dcv::{Code, Settings, evidence};
use url::{Host, Url};

/// A redirect that CAs do not follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: Code,
    pub(super) detail: String,
}

/// Return the URL that a Location leads to, seen from `base`.
pub(super) fn target(base: &Url, location: &str, settings: &Settings) -> Result<Url, Refused> {
    let refuse = |code: Code| Refused { code, detail: format!("Location: {}", evidence::quoted(location)) };
    if location.is_empty() {
        return Err(refuse(Code::RedirectBadUrl));
    }
    let mut url = base.join(location).map_err(|_| refuse(Code::RedirectBadUrl))?;
    if !["http", "https"].contains(&url.scheme()) {
        return Err(refuse(Code::RedirectBadScheme));
    }
    match url.host() {
        Some(Host::Domain(name)) if is_full(name) => {}
        _ => return Err(refuse(Code::RedirectBadHost)),
    }
    let port = url.port_or_known_default().unwrap_or_default();
    if settings.target(std::net::Ipv4Addr::UNSPECIFIED.into(), port).is_none() {
        return Err(refuse(Code::RedirectBadPort));
    }
    // A fragment is the client's own, and user names are not sent.
    url.set_fragment(None);
    let cleared = url.set_username("").and_then(|()| url.set_password(None));
    cleared.map_err(|()| refuse(Code::RedirectBadUrl))?;
    Ok(url)
}

/// Tell whether a name can be looked up and has a dot inside.
fn is_full(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= 253 && name.contains('.') && name.split('.').all(|label| (1..=63).contains(&label.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lead(location: &str) -> Result<String, Code> {
        let base = Url::parse("http://a.test/.well-known/acme-challenge/t").unwrap();
        target(&base, location, &Settings::default()).map(String::from).map_err(|refused| refused.code)
    }

    #[test]
    fn redirects_lead_where_cas_go_or_nowhere() {
        assert_eq!(lead("https://B.test/x#y"), Ok("https://b.test/x".into()));
        assert_eq!(lead("/x"), Ok("http://a.test/x".into()));
        assert_eq!(lead("//b.test:80/x"), Ok("http://b.test/x".into()));
        assert_eq!(lead("http://me:pw@b.test/x"), Ok("http://b.test/x".into()));
        for (location, code) in [
            ("", Code::RedirectBadUrl),
            ("http://", Code::RedirectBadUrl),
            ("http://a b/", Code::RedirectBadUrl),
            ("ftp://b.test/", Code::RedirectBadScheme),
            ("javascript:alert(1)", Code::RedirectBadScheme),
            ("http://b.test:8080/", Code::RedirectBadPort),
            ("http://127.0.0.1/", Code::RedirectBadHost),
            ("http://2130706433/", Code::RedirectBadHost),
            ("http://[::1]/", Code::RedirectBadHost),
            ("http://localhost/", Code::RedirectBadHost),
            ("http://b..test/", Code::RedirectBadHost),
            (&format!("http://{}.test/", "b".repeat(64)), Code::RedirectBadHost),
        ] {
            assert_eq!(lead(location), Err(code), "{location}");
        }
    }
}
