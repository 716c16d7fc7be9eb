//! `autossl cert show`: a website's certificates with their chains, and as PEM.

use super::super::output;
use super::{key_type, moment, window};
use crate::error::CliError;
use clap::Args;
use engine::Engine;
use engine::inventory::display_name;
use engine::model::{CertificateDetail, CertificateRow, CertificateSheet, CompanionProblem, Revocation};
use std::time::{SystemTime, UNIX_EPOCH};

/// Which certificate, and how.
#[derive(Args)]
pub(in crate::cli) struct ShowArgs {
    /// A name of the website
    domain: String,
    /// Only the certificate with this serial number
    #[arg(long, value_name = "SERIAL")]
    serial: Option<String>,
    /// The certificate and its chain as PEM; never the key
    #[arg(long, conflicts_with = "json")]
    pem: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Do it.
pub(super) async fn run(engine: &Engine, arguments: &ShowArgs) -> Result<(), CliError> {
    let ShowArgs { domain, serial, pem, json } = arguments;
    if *pem {
        return output::bytes(engine.certificate_pem(domain, serial.as_deref()).await?.as_bytes());
    }
    if let Some(serial) = serial {
        let sheet = engine.certificate_by_serial(domain, serial).await?;
        return if *json { output::json(&sheet) } else { output::line(&self::sheet(&sheet)) };
    }
    let detail = engine.certificate(domain).await?;
    if *json { output::json(&detail) } else { output::line(&text(domain, &detail)) }
}

fn text(domain: &str, detail: &CertificateDetail) -> String {
    let mut parts = Vec::new();
    parts.push(match (&detail.website, &detail.user) {
        (Some(website), Some(user)) => format!("{} of {user}", display_name(website)),
        _ => format!("{domain}: its website is gone"),
    });
    if let Some(others) = &detail.others {
        parts.push(format!(
            "The website has a certificate that AutoSSL did not install: {} at {}",
            others.words, others.path
        ));
    }
    parts.extend(detail.in_use.iter().map(sheet));
    parts.extend(detail.companion.iter().map(sheet));
    if let Some(CompanionProblem { code, detail, retry_at }) = &detail.companion_trouble {
        let again = retry_at.map_or_else(String::new, |at| format!("; tried again after {}", at.short()));
        parts.push(format!("There is no new companion ({code}): {detail}{again}"));
    }
    if !detail.earlier.is_empty() {
        parts.push(format!("Earlier:\n{}", detail.earlier.iter().map(earlier).collect::<Vec<_>>().join("\n")));
    }
    parts.join("\n\n")
}

fn sheet(sheet: &CertificateSheet) -> String {
    let row = &sheet.certificate;
    let names: Vec<_> = row.names.iter().map(|name| display_name(name)).collect();
    let what = if row.companion { "Companion of the certificate" } else { "Certificate" };
    let mut lines = vec![format!("{what}, {}", row.state(now()).as_str())];
    let mut line = |name: &str, value: &str| lines.push(format!("  {name:<13}{value}"));
    line("names", &names.join(", "));
    line("issuer", &row.issuer);
    line("provider", row.provider.as_deref().unwrap_or("not noted"));
    line("serial", &row.serial);
    line("fingerprint", &row.fingerprint);
    line("key", key_type(row.key_type));
    line("profile", row.profile.as_deref().unwrap_or("not told by the provider"));
    line("valid", &format!("{} to {}", row.not_before.short(), row.not_after.short()));
    line("renewal", &window(row.window.as_ref()));
    if let Some(url) = row.window.as_ref().and_then(|window| window.explanation_url.as_deref()) {
        line("", &format!("explained at {url}"));
    }
    line("issued", &row.issued_at.short());
    line("installed", &moment(row.installed_at, "no"));
    line("served", &moment(row.served_at, "not seen"));
    if let Some(revocation) = &row.revocation {
        line("revoked", &revoked(revocation));
    }
    if let Some(trouble) = &sheet.trouble {
        line("chain", trouble);
    }
    for link in &sheet.chain {
        line("chain", &format!("subject {}", if link.subject.is_empty() { "(none)" } else { &link.subject }));
        line("", &format!("issuer {}", link.issuer));
        line("", &format!("{} to {}, serial {}", link.not_before.short(), link.not_after.short(), link.serial));
    }
    lines.join("\n")
}

fn revoked(revocation: &Revocation) -> String {
    let (reason, by) = (revocation.reason.as_str(), &revocation.by);
    match revocation.revoked_at {
        Some(at) => format!("{}, {reason}, for {by}", at.short()),
        None => format!("not yet: asked for by {by} at {}, {reason}", revocation.asked_at.short()),
    }
}

fn earlier(row: &CertificateRow) -> String {
    let revoked =
        row.revocation.as_ref().map_or_else(String::new, |revocation| format!(", revoked {}", revoked(revocation)));
    format!(
        "  {} issued by {}, {} to {}, {}{revoked}",
        row.serial,
        row.issuer,
        row.not_before.short(),
        row.not_after.short(),
        key_type(row.key_type),
    )
}

fn now() -> engine::model::Timestamp {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    engine::model::Timestamp(i64::try_from(seconds).unwrap_or(i64::MAX))
}
