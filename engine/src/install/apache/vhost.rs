//! The text of a website's TLS virtual hosts for Apache: made of those that answer for its names in the clear.

use super::copy;
use super::hosts::Hosts;
use crate::analyze::address_of;
use crate::install::Placed;
use crate::inventory::apache::Host;
use crate::tls_store::as_entry;
use std::borrow::Cow;
use std::collections::HashSet;
use std::path::PathBuf;

/// How the names end that stand for IPv6 addresses.
const STAND_IN: &str = ".ip6.invalid";
const HEADER: &str = "# Written by AutoSSL for ";

/// Name the file of a website's virtual hosts. Those of addresses sort before all others: Apache's first virtual host answers where no
/// name is sent (RFC 6066, section 3).
pub(super) fn file_name(website: &str) -> String {
    let first = if address_of(website).is_some() { "+" } else { "" };
    format!("{first}{}.conf", as_entry(website))
}

/// Write the directives that name certificates, one a line.
pub(super) fn certificates(pems: &[PathBuf]) -> Result<Vec<String>, String> {
    let line =
        |pem: &PathBuf| Ok(format!("SSLCertificateFile {}", quoted("certificate path", &pem.to_string_lossy())?));
    pems.iter().map(line).collect()
}

/// Write the virtual hosts, each after the one in the clear that answers for the same names; `None` where the administrator has TLS
/// hosts for all of them. Refuses values that Apache would read as anything but a name or a path.
pub(super) fn render(
    placed: Placed<'_>,
    listen: &str,
    pems: &[PathBuf],
    hosts: Option<&Hosts>,
) -> Result<Option<String>, String> {
    let item = placed.item;
    let certificate: String = certificates(pems)?.iter().map(|line| format!("  {line}\n")).collect();
    let mut text = format!("{HEADER}{}. Changes made here are lost at the next certificate.\n", item.website);
    let blocks = blocks(placed, hosts);
    for Block { source, names } in &blocks {
        text += &format!("<VirtualHost {listen}>\n{}", names_of(names));
        match source {
            None => {
                let root = quoted("document root", &item.document_root)?;
                text += &format!(
                    "  DocumentRoot {root}\n  SSLEngine on\n{certificate}  \
                     <Directory {root}>\n    Require all granted\n  </Directory>\n"
                );
            }
            Some(host) => {
                let here = host.names.iter().map(String::as_str).chain(names.iter().copied()).collect();
                let body = copy::write(&copy::over_tls(&host.body, &here), "  ");
                text += &format!("  SSLEngine on\n{certificate}  # As in {}:\n{body}", host.file);
            }
        }
        text += "</VirtualHost>\n";
    }
    Ok((!blocks.is_empty()).then_some(text))
}

/// Names that one virtual host is for, and the one in the clear that it is made of.
struct Block<'a> {
    source: Option<&'a Host>,
    names: Vec<&'a str>,
}

/// Put together the names that the same host answers for in the clear, without those that have a TLS host of the administrator's. A
/// name that no host has is with the website's own.
fn blocks<'a>(placed: Placed<'a>, hosts: Option<&'a Hosts>) -> Vec<Block<'a>> {
    let website = &placed.item.website;
    let others = placed.names.iter().filter(|name| *name != website);
    let mut blocks: Vec<Block<'a>> = Vec::new();
    for name in std::iter::once(website).chain(others) {
        let source = match hosts {
            Some(hosts) if hosts.tls(name).is_some() => continue,
            Some(hosts) => hosts.plain(name).or_else(|| hosts.plain(website)),
            None => None,
        };
        match blocks.iter_mut().find(|block| block.source.map(std::ptr::from_ref) == source.map(std::ptr::from_ref)) {
            Some(block) => block.names.push(name),
            None => blocks.push(Block { source, names: vec![name.as_str()] }),
        }
    }
    blocks
}

fn names_of(names: &[&str]) -> String {
    let Some((first, others)) = names.split_first() else { return String::new() };
    let server_name = server_name(first);
    let aliases = if server_name == *first { others } else { names };
    let aliases = if aliases.is_empty() { String::new() } else { format!("  ServerAlias {}\n", aliases.join(" ")) };
    format!("  ServerName {server_name}\n{aliases}")
}

/// Name a website to Apache, which takes no IPv6 address for a `ServerName`: such a one is an alias of a name that nobody asks for.
fn server_name(website: &str) -> Cow<'_, str> {
    match website.contains(':') {
        true => format!("{}{STAND_IN}", website.replace(':', "-")).into(),
        false => website.into(),
    }
}

/// Write the virtual host of a website's Web Disk. Who may do what there is the server's configuration to say: nothing is opened here.
///
/// It has no name of its own, so that others can take any of its names out.
pub(super) fn render_disk(placed: Placed<'_>, listen: &str, pems: &[PathBuf]) -> Result<String, String> {
    let root = quoted("document root", &placed.item.document_root)?;
    let certificate: String = certificates(pems)?.iter().map(|line| format!("  {line}\n")).collect();
    Ok(format!(
        "{HEADER}{website}. Changes made here are lost at the next certificate.\n\
         <VirtualHost {listen}>\n  ServerName autossl.invalid\n  ServerAlias {names}\n  DocumentRoot {root}\n  SSLEngine on\n\
         {certificate}</VirtualHost>\n",
        website = placed.item.website,
        names = placed.names.join(" "),
    ))
}

/// What becomes of a website's virtual host when others have some of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// None of its names is concerned.
    Whole,
    /// It stays, with other aliases.
    Text(String),
    /// Its own name is another website's now: nothing is left.
    Nothing,
}

/// Take names out of the virtual hosts that [`render`] wrote.
pub(super) fn without(text: &str, names: &HashSet<&str>) -> Rest {
    let website = text.strip_prefix(HEADER).and_then(|rest| rest.split_once(". ")).map(|(website, _)| website);
    if website.is_some_and(|website| names.contains(website)) {
        return Rest::Nothing;
    }
    let (mut lines, mut block) = (Vec::new(), Vec::new());
    let (mut changed, mut blocks) = (false, 0);
    for line in text.lines() {
        match (line, block.is_empty()) {
            ("</VirtualHost>", _) => {
                block.push(line.to_owned());
                let before = std::mem::take(&mut block);
                let after = block_without(&before, names);
                changed |= after.as_ref() != Some(&before);
                blocks += usize::from(after.is_some());
                lines.extend(after.unwrap_or_default());
            }
            (_, true) if !line.starts_with("<VirtualHost ") => lines.push(line.to_owned()),
            _ => block.push(line.to_owned()),
        }
    }
    match (changed, blocks) {
        (false, _) => Rest::Whole,
        (true, 0) => Rest::Nothing,
        (true, _) => Rest::Text(lines.join("\n") + "\n"),
    }
}

/// Take names out of one virtual host; `None` where nothing is left of it. Its own name is taken over by one of its aliases.
fn block_without(lines: &[String], names: &HashSet<&str>) -> Option<Vec<String>> {
    const NAME: &str = "  ServerName ";
    const ALIASES: &str = "  ServerAlias ";
    let is_stand_in = |own: &str| own.ends_with(STAND_IN) && names.iter().any(|name| server_name(name) == own);
    let is_taken = |own: &str| names.contains(own) || is_stand_in(own);
    let aliases = lines.iter().find_map(|line| line.strip_prefix(ALIASES)).into_iter().flat_map(|line| line.split(' '));
    let mut kept: Vec<&str> = aliases.filter(|alias| !names.contains(alias)).collect();
    let Some(mut own) = lines.iter().find_map(|line| line.strip_prefix(NAME)) else { return Some(lines.to_vec()) };
    if is_taken(own) {
        if kept.is_empty() {
            return None;
        }
        own = kept.remove(0);
    }
    let line = |line: &String| {
        if line.starts_with(NAME) {
            return Some(format!("{NAME}{own}"));
        }
        if line.starts_with(ALIASES) {
            return (!kept.is_empty()).then(|| format!("{ALIASES}{}", kept.join(" ")));
        }
        Some(line.clone())
    };
    Some(lines.iter().filter_map(line).collect())
}

fn quoted(what: &str, path: &str) -> Result<String, String> {
    let unsafe_text = path.contains(['"', '\\', '\n', '\r', '\0']) || path.contains("${") || path.contains("%{");
    if unsafe_text || !path.starts_with('/') {
        return Err(format!("{what} {path:?} cannot stand in a configuration file"));
    }
    Ok(format!("\"{path}\""))
}

#[cfg(test)]
mod tests;
