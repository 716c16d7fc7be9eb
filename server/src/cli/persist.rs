//! `autossl dns persist`: the record that validates a domain for as long as it stands (dns-persist-01).

use super::output;
use crate::error::CliError;
use clap::Args;
use engine::model::{PersistOffer, PersistSheet};
use engine::{Engine, EngineError, PersistScope, PersistWish};

/// Which record, and what to do with it.
#[derive(Args)]
pub(super) struct PersistArgs {
    /// The domain that it validates
    domain: String,
    /// For wildcards and all names below the domain, too
    #[arg(long)]
    wildcard: bool,
    /// It ends then: a day such as 2027-03-31 (midnight in UTC), or a moment in RFC 3339
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// For this certificate authority instead of the one that orders go to
    #[arg(long, value_name = "ID")]
    provider: Option<String>,
    /// Fail unless the record that is there validates the domain
    #[arg(long, conflicts_with_all = ["publish", "withdraw"])]
    check: bool,
    /// Publish it into a zone that AutoSSL may change
    #[arg(long, conflicts_with = "withdraw")]
    publish: bool,
    /// Remove what was published, and count on the record no longer
    #[arg(long)]
    withdraw: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Do it.
pub(super) async fn run(engine: &Engine, arguments: PersistArgs) -> Result<(), CliError> {
    let PersistArgs { domain, wildcard, until, provider, check, publish, withdraw, json } = arguments;
    let refuse = |reason| EngineError::PersistentRecord { domain: domain.clone(), reason };
    let wish = PersistWish {
        scope: if wildcard { PersistScope::Wildcard } else { PersistScope::Domain },
        until: until.as_deref().map(PersistWish::until).transpose().map_err(refuse)?,
        domain: domain.clone(),
        provider,
    };
    if withdraw {
        let removed = engine.withdraw_persistent_record(&wish).await?;
        return output::line(&match removed {
            0 => format!("Nothing was published for {domain}; its record is not counted on any more."),
            1 => format!("The record of {domain} is removed."),
            more => format!("{more} records of {domain} are removed."),
        });
    }
    let sheet =
        if publish { engine.publish_persistent_record(&wish).await? } else { engine.persistent_record(&wish).await? };
    if json {
        output::json(&sheet)?;
    } else {
        output::line(&told(&sheet))?;
    }
    if check && !sheet.works { Err(CliError::PersistentRecord(domain)) } else { Ok(()) }
}

fn told(sheet: &PersistSheet) -> String {
    let mut lines = vec![sheet.line.clone(), String::new()];
    lines.push(match sheet.offer {
        PersistOffer::Offered => format!("{} validates by such a record.", sheet.provider),
        PersistOffer::NotOffered => format!("{} does not offer to validate by such a record.", sheet.provider),
        PersistOffer::Unknown => {
            format!("Whether {} validates by such a record will be seen at the next order.", sheet.provider)
        }
    });
    lines.push(match (sheet.works, sheet.published) {
        (true, true) => format!("The record is there, published by AutoSSL, and validates {}.", sheet.domain),
        (true, false) => format!("A record is there that validates {}.", sheet.domain),
        (false, _) => format!("No record is there that validates {}.", sheet.domain),
    });
    for finding in &sheet.findings {
        lines.push(format!("{}: {} {}\n  {}", finding.code, finding.cause, finding.evidence, finding.remedy));
    }
    lines.join("\n")
}
