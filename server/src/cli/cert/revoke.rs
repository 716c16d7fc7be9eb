//! `autossl cert revoke`: says in numbers what will happen, then does it.

use super::super::{operator, output};
use crate::error::CliError;
use clap::Args;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use engine::model::{CertificateRow, RevocationOutlook, RevocationReason, RevocationSigner, RunId};
use engine::{Confirmation, Engine, EngineError, RevocationRequest};
use serde_json::json;

/// Which certificates, and why.
#[derive(Args)]
pub(in crate::cli) struct RevokeArgs {
    /// A name of the website
    domain: String,
    /// Why
    #[arg(long, value_name = "REASON", default_value = "unspecified", value_parser = reasons())]
    reason: RevocationReason,
    /// Who signs: the account, or the certificate's own key where the account is lost
    #[arg(long, value_name = "WHO", default_value = "account", value_parser = signers())]
    by: RevocationSigner,
    /// Only the certificate with this serial number, in use or not [default: those in use]
    #[arg(long, value_name = "SERIAL")]
    serial: Option<String>,
    /// The certificate authority that issued them [default: as noted]
    #[arg(long, value_name = "ID")]
    provider: Option<String>,
    /// Revoke certificates that are in use
    #[arg(long)]
    yes: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

fn reasons() -> impl TypedValueParser<Value = RevocationReason> {
    let parser = PossibleValuesParser::new(RevocationReason::WORDS);
    parser.map(|word| RevocationReason::parse(&word).unwrap_or_default())
}

fn signers() -> impl TypedValueParser<Value = RevocationSigner> {
    let words = [RevocationSigner::Account, RevocationSigner::CertificateKey].map(RevocationSigner::as_str);
    PossibleValuesParser::new(words).map(|word| RevocationSigner::parse(&word).unwrap_or_default())
}

/// Do it.
pub(super) async fn run(engine: &Engine, arguments: RevokeArgs) -> Result<(), CliError> {
    let RevokeArgs { domain, reason, by, serial, provider, yes, json } = arguments;
    let request = RevocationRequest { name: domain, serial, reason, signer: by, provider };
    let outlook = engine.revocation_outlook(&request).await?;
    if !json {
        output::line(&before(&outlook, reason))?;
    }
    let confirmation = if yes { Confirmation::Given } else { Confirmation::Missing };
    match engine.revoke(&request, confirmation, &operator()).await {
        Err(error @ EngineError::RevocationUnconfirmed { .. }) => Err(CliError::RevocationUnconfirmed(Box::new(error))),
        done => {
            let (outlook, runs) = done?;
            if json { output::json(&json!({ "outlook": outlook, "runs": runs })) } else { after(&outlook, &runs) }
        }
    }
}

/// Say what is going to happen.
fn before(outlook: &RevocationOutlook, reason: RevocationReason) -> String {
    let mut lines = Vec::new();
    if outlook.revoked_before > 0 {
        lines.push(format!("{} revoked already.", are(outlook.revoked_before as usize, "certificate")));
    }
    if outlook.certificates.is_empty() {
        return lines.join("\n");
    }
    let (count, in_use) = (outlook.certificates.len(), outlook.certificates.iter().filter(|row| row.in_use).count());
    let reason = reason.as_str();
    lines.push(format!("To be revoked ({reason}): {}, {in_use} of them in use.", counted(count, "certificate")));
    lines.extend(outlook.certificates.iter().map(one));
    if !outlook.names.is_empty() {
        let names = outlook.names.join(", ");
        lines.push(format!("{} not secured from then on: {names}.", are(outlook.names.len(), "name")));
    }
    if !outlook.replaced_for.is_empty() {
        let users = outlook.replaced_for.join(", ");
        lines.push(format!("A run for {users} begins at once and orders new certificates with new keys."));
    }
    if !outlook.not_replaced_for.is_empty() {
        let users = outlook.not_replaced_for.join(", ");
        lines.push(format!("AutoSSL is off for {users}: nothing takes their place."));
    }
    lines.join("\n")
}

fn one(row: &CertificateRow) -> String {
    let served = row.served_at.map_or_else(|| "not served".to_owned(), |at| format!("served since {}", at.short()));
    let state = if row.in_use { served } else { "not in use".to_owned() };
    format!("  {} for {}, valid until {}, {state}", row.serial, row.names.join(", "), row.not_after.short())
}

fn after(outlook: &RevocationOutlook, runs: &[RunId]) -> Result<(), CliError> {
    if outlook.certificates.is_empty() {
        return output::line("Nothing was to be done.");
    }
    output::line(&format!("Revoked {}.", counted(outlook.certificates.len(), "certificate")))?;
    for run in runs {
        output::line(&format!("Asked for a run that replaces them: log {run}. A running server does it."))?;
    }
    Ok(())
}

fn counted(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn are(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word} is") } else { format!("{count} {word}s are") }
}
