//! What a TLS virtual host takes over from the one in the clear: everything but what would be wrong there.
//!
//! Left out are names, TLS settings, the way of challenges, redirects to what the host itself is over TLS, and directives that Apache
//! takes only once for both hosts.

use crate::inventory::apache::{Node, split_words};
use std::collections::HashSet;

/// Where challenges are fetched; what an administrator wrote for it is for the host in the clear.
const CHALLENGES: &str = "acme-challenge";

/// Directives of a virtual host, outside of its sections, that are not taken over, in lower case.
const NOT_TAKEN: [&str; 12] = [
    "servername",
    "serveralias",
    // By IP address, for clients without a Host header.
    "serverpath",
    // The server's, whatever the host.
    "listen",
    "protocols",
    // A second definition is an error, and the first counts for both hosts.
    "wsgidaemonprocess",
    "fastcgiserver",
    "fastcgiexternalserver",
    // Another ACME client's.
    "mdomain",
    "mdmember",
    "mdmembers",
    "mdrequirehttps",
];

/// Settings of TLS that are not about how this host is reached: towards back-ends, and what applications are told and may require.
const TAKEN_TLS: [&str; 5] = ["sslproxy", "ssloptions", "sslrequire", "sslusername", "sslrenegbuffersize"];

/// Directives whose first words may be the way of challenges.
const WAYS: [&str; 14] = [
    "alias",
    "aliasmatch",
    "scriptalias",
    "scriptaliasmatch",
    "proxypass",
    "proxypassmatch",
    "proxypassreverse",
    "redirect",
    "redirectmatch",
    "redirectpermanent",
    "redirecttemp",
    "rewriterule",
    "location",
    "locationmatch",
];

/// Take over what stands in a virtual host for the one over TLS that answers for `names`.
pub(super) fn over_tls(body: &[Node], names: &HashSet<&str>) -> Vec<Node> {
    let taken = body.iter().filter(|node| !is_not_taken(node)).cloned().collect();
    Copying { names }.nodes(taken)
}

fn is_not_taken(node: &Node) -> bool {
    let name = node.name.to_ascii_lowercase();
    let is_own_tls = name.starts_with("ssl") && !TAKEN_TLS.iter().any(|taken| name.starts_with(taken));
    is_own_tls || NOT_TAKEN.contains(&name.as_str()) || name.starts_with("mdcertificate")
}

struct Copying<'a> {
    names: &'a HashSet<&'a str>,
}

impl Copying<'_> {
    fn nodes(&self, nodes: Vec<Node>) -> Vec<Node> {
        let mut taken: Vec<Node> = Vec::with_capacity(nodes.len());
        // Conditions stand before their rule and go with it.
        let mut conditions: Vec<Node> = Vec::new();
        for node in nodes {
            if node.is("RewriteCond") {
                conditions.push(node);
                continue;
            }
            let is_left_out = is_way_of_challenges(&node) || self.leads_here(&node);
            if node.is("RewriteRule") && is_left_out {
                conditions.clear();
                continue;
            }
            taken.append(&mut conditions);
            if is_left_out {
                continue;
            }
            let children = node.children.map(|children| self.nodes(children));
            taken.push(told_of_tls(Node { children, ..node }));
        }
        taken.append(&mut conditions);
        taken
    }

    /// Tell whether a directive sends clients to the host over TLS, where they would be by then.
    fn leads_here(&self, node: &Node) -> bool {
        let words = split_words(&node.arguments);
        let name = node.name.to_ascii_lowercase();
        match (name.as_str(), words.as_slice()) {
            // From a section, it is that for all of it.
            ("redirect" | "redirectpermanent" | "redirecttemp", [target]) => self.is_here(target).is_some(),
            ("redirect", [status, target]) if is_status(status) => self.is_here(target).is_some(),
            ("redirect" | "redirectpermanent" | "redirecttemp", [.., from, target]) => {
                self.is_here(target).is_some_and(|path| path.starts_with(from.as_str()))
            }
            ("redirectmatch", [.., _, target]) => self.is_here(target).is_some_and(is_any_page),
            ("rewriterule", [_, target, ..]) => self.is_here(target).is_some_and(is_any_page),
            _ => false,
        }
    }

    /// Read the path of a URL where it is one of this host's over TLS.
    fn is_here<'t>(&self, target: &'t str) -> Option<&'t str> {
        let rest = target.get(..8).filter(|scheme| scheme.eq_ignore_ascii_case("https://")).map(|_| &target[8..])?;
        let end = variable_end(rest).or_else(|| rest.find(['/', '?', '$', '%'])).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
        let is_own = matches!(host.as_str(), "%{http_host}" | "%{server_name}") || self.names.contains(host.as_str());
        is_own.then_some(if path.is_empty() { "/" } else { path })
    }
}

/// Find the end of a variable that stands in the place of a host, e.g. `%{HTTP_HOST}`.
fn variable_end(rest: &str) -> Option<usize> {
    rest.strip_prefix("%{")?.find('}').map(|place| place + 3)
}

/// Tell whether the target of a pattern is whatever was asked for, or the first page.
fn is_any_page(path: &str) -> bool {
    path == "/" || path.contains('$') || path.to_ascii_lowercase().contains("%{request_uri}")
}

fn is_status(word: &str) -> bool {
    matches!(word.to_ascii_lowercase().as_str(), "permanent" | "temp" | "seeother" | "gone")
        || word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_way_of_challenges(node: &Node) -> bool {
    WAYS.iter().any(|way| node.is(way))
        && split_words(&node.arguments).iter().take(2).any(|word| word.replace('\\', "").contains(CHALLENGES))
}

/// Let a back-end that is told how it was asked for be told the truth.
fn told_of_tls(mut node: Node) -> Node {
    let words = split_words(&node.arguments);
    if let [action, header, value] = words.as_slice()
        && node.is("RequestHeader")
    {
        let told = match (header.to_ascii_lowercase().as_str(), value.to_ascii_lowercase().as_str()) {
            ("x-forwarded-proto" | "x-forwarded-scheme", "http") => Some("https"),
            ("x-forwarded-port", "80") => Some("443"),
            _ => None,
        };
        if let Some(told) = told {
            node.arguments = format!("{action} {header} \"{told}\"");
        }
    }
    node
}

/// Write directives, each line behind `indent`.
pub(super) fn write(nodes: &[Node], indent: &str) -> String {
    let one = |node: &Node| {
        let space = if node.arguments.is_empty() { "" } else { " " };
        let text = format!("{}{space}{}", node.name, node.arguments);
        match &node.children {
            None => format!("{indent}{text}\n"),
            Some(children) => {
                format!("{indent}<{text}>\n{}{indent}</{}>\n", write(children, &format!("{indent}  ")), node.name)
            }
        }
    };
    nodes.iter().map(one).collect()
}

#[cfg(test)]
mod tests;
