//! CDNs and proxies, told by the headers that they add. Address ranges change; these rarely do.

use crate::dcv::evidence;
use http::HeaderMap;

/// Header, what its value contains (in lower case; empty: anything), who adds it. The first that fits is named.
const MARKS: &[(&str, &str, &str)] = &[
    ("cf-ray", "", "Cloudflare"),
    ("server", "cloudflare", "Cloudflare"),
    ("x-amz-cf-id", "", "Amazon CloudFront"),
    ("x-sucuri-id", "", "Sucuri"),
    ("x-served-by", "cache-", "Fastly"),
    ("x-fastly-request-id", "", "Fastly"),
    ("server", "akamai", "Akamai"),
    ("x-akamai-request-id", "", "Akamai"),
    ("x-azure-ref", "", "Azure Front Door"),
    ("server", "bunnycdn", "Bunny"),
    ("cdn-pullzone", "", "Bunny"),
    ("x-vercel-id", "", "Vercel"),
    ("x-nf-request-id", "", "Netlify"),
    ("x-iinfo", "", "Imperva"),
    ("x-cdn", "", "a CDN"),
    ("x-varnish", "", "Varnish"),
    ("x-cache", "", "a cache"),
    ("x-served-by", "", "a proxy"),
    ("via", "", "a proxy"),
];

/// Name the proxy and the header that gives it away.
pub(super) fn detect(headers: &HeaderMap) -> Option<String> {
    MARKS.iter().find_map(|(header, part, who)| {
        let value = String::from_utf8_lossy(headers.get(*header)?.as_bytes()).into_owned();
        value.to_ascii_lowercase().contains(part).then(|| format!("{who} ({header}: {})", evidence::quoted(&value)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    #[test]
    fn proxies_are_named_by_their_headers() {
        let named = |header: &'static str, value: &'static str| {
            let (header, value) = (HeaderName::from_static(header), HeaderValue::from_static(value));
            detect(&HeaderMap::from_iter([(header, value)]))
        };
        assert_eq!(named("cf-ray", "8f-FRA").as_deref(), Some("Cloudflare (cf-ray: \"8f-FRA\")"));
        assert_eq!(named("server", "Cloudflare").as_deref(), Some("Cloudflare (server: \"Cloudflare\")"));
        assert_eq!(named("via", "1.1 x").as_deref(), Some("a proxy (via: \"1.1 x\")"));
        assert_eq!(named("server", "Apache"), None);
    }
}
