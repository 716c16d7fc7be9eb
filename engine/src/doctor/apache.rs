//! Apache's virtual hosts: whether challenges come through each of them to AutoSSL, and which present certificates of others.

use super::Surroundings;
use super::ports::{Fetched, fetch};
use crate::config::ApacheConfig;
use crate::dcv::{Token, TokenBoard};
use crate::engine::Inner;
use crate::error::EngineResult;
use crate::install::{Hosts, Installer, is_same_file};
use crate::inventory::apache::{Host, Port, Speech};
use crate::model::Observation;
use crate::run::Board;
use futures::{StreamExt, stream};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const AT_ONCE: usize = 16;
/// More hosts than that are not all asked, but every so manieth.
const MOST: usize = 2_000;
/// As many hosts as one observation names.
const NAMED: usize = 5;

pub(super) async fn look(
    inner: &Inner,
    config: &ApacheConfig,
    surroundings: &Surroundings,
) -> EngineResult<Vec<Observation>> {
    let hosts = match Hosts::ask(config).await {
        Ok(Some(hosts)) => hosts,
        Ok(None) => {
            return Ok(vec![Observation::note("They are not looked at: services.apache.command is empty.", "")]);
        }
        Err(reason) => {
            let remedy = "Look at services.apache.command. Without it ([]), websites get plain TLS virtual hosts.";
            return Ok(vec![Observation::broken(format!("They cannot be read: {reason}."), remedy)]);
        }
    };
    let mut seen = vec![challenges(inner, &hosts, surroundings).await?];
    seen.extend(inner.installers.iter().find(|one| one.is_web_server()).and_then(|one| others(one.as_ref(), &hosts)));
    Ok(seen)
}

/// Fetch a token through each host that speaks in the clear at the port where authorities fetch theirs.
async fn challenges(inner: &Inner, hosts: &Hosts, surroundings: &Surroundings) -> EngineResult<Observation> {
    let port = inner.config.precheck.as_ref().map_or(0, |precheck| precheck.validation_port);
    let port = if port == 0 { 80 } else { port };
    let plain: Vec<&Host> =
        hosts.all().iter().filter(|host| host.speech == Speech::Plain && host.is_at(port)).collect();
    let asked: Vec<&Host> = plain.iter().step_by(plain.len().div_ceil(MOST).max(1)).copied().collect();
    if asked.is_empty() {
        return Ok(Observation::note(format!("No virtual host is served at port {port}."), ""));
    }
    let board = Board(inner);
    let token = match Token::publish(&board).await {
        Ok(token) => token,
        Err(error) => {
            let text = format!("No token can be put on the challenge port: {error}.");
            return Ok(Observation::broken(text, "The database must be writable."));
        }
    };
    let questions: Vec<_> = asked.iter().map(|host| difference(host, port, &token)).collect();
    let answers: Vec<Option<String>> = stream::iter(questions).buffered(AT_ONCE).collect().await;
    // What stays on the board is swept by the next run.
    let _ = board.withdraw(&token.token).await;
    let wrong: Vec<String> = answers.into_iter().flatten().collect();
    if wrong.is_empty() {
        let text = format!("Challenges come through to AutoSSL in all {} virtual hosts at port {port}.", asked.len());
        return Ok(Observation::fine(text));
    }
    let more = wrong.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let text = format!(
        "Challenges do not come through to AutoSSL in {} of {} virtual hosts at port {port}: {}{more}.",
        wrong.len(),
        asked.len(),
        wrong[..wrong.len().min(NAMED)].join("; ")
    );
    let remedy = format!(
        "Put what `autossl print-apache` prints into Apache's configuration, outside of all virtual hosts: it passes \
         /.well-known/acme-challenge/ on to {}. Where it is there already, docs/services.md says what in a virtual host wins \
         against it.",
        super::ports::reachable(surroundings.challenges)
    );
    Ok(Observation::broken(text, remedy))
}

/// Tell what a host answers instead of the token, if that is so.
async fn difference(host: &Host, port: u16, token: &Token) -> Option<String> {
    let name = host.names.iter().find(|name| !name.contains('*')).map_or("autossl-doctor.invalid", String::as_str);
    let said = match fetch(address_of(host, port), name, token).await {
        Ok(Fetched::Token) => return None,
        Ok(Fetched::Other(said)) => format!("answers {said}"),
        Err(error) => format!("does not answer: {error}"),
    };
    Some(format!("{name} ({}) {said}", host.place()))
}

/// Where a host is asked: at its own address, where it has one.
fn address_of(host: &Host, port: u16) -> SocketAddr {
    let at_port = |(address, at): (&String, &Port)| (*at == Port::Number(port)).then(|| address.parse().ok()).flatten();
    let own = host.addresses.iter().zip(&host.ports).find_map(at_port);
    let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    own.filter(|own: &SocketAddr| !own.ip().is_unspecified()).unwrap_or(local)
}

/// Name the administrator's TLS hosts for names that AutoSSL has certificates for, where they read others.
fn others(installer: &dyn Installer, hosts: &Hosts) -> Option<Observation> {
    let place = installer.place();
    let names = place.open().and_then(|view| view.names()).ok()?;
    let wrong = names.iter().filter_map(|(name, website)| {
        let host = hosts.tls(name)?;
        let own = place.combined(website);
        let reads = matches!(&host.speech, Speech::Tls(Some(file)) if is_same_file(file, &own));
        (!reads)
            .then(|| (host.place(), format!("{name} at {}: SSLCertificateFile \"{}\"", host.place(), own.display())))
    });
    let lines: std::collections::BTreeMap<String, String> = wrong.collect();
    if lines.is_empty() {
        return None;
    }
    let text = format!("{} TLS virtual hosts of yours read other certificates than AutoSSL's.", lines.len());
    let shown: Vec<&str> = lines.values().take(NAMED).map(String::as_str).collect();
    let remedy = format!(
        "Write there, in the place of their SSLCertificateFile, SSLCertificateKeyFile and SSLCertificateChainFile, or set \
         services.apache.edit_hosts = true:\n{}",
        shown.join("\n")
    );
    Some(Observation::warning(text, remedy))
}
