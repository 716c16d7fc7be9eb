//! What goes and what stays, as the command line says it.

use super::output;
use crate::error::CliError;
use engine::model::{RemovalPlan, ServiceRemoval};

/// Show a plan.
pub(super) fn show(plan: &RemovalPlan, json: bool) -> Result<(), CliError> {
    if json { output::json(plan) } else { output::line(&text(plan)) }
}

/// Say that something was removed, and what goes with it.
pub(super) fn done(what: &str, plan: &RemovalPlan) -> Result<(), CliError> {
    if plan.is_empty() { output::line(what) } else { output::line(&format!("{what}\n{}", text(plan))) }
}

fn text(plan: &RemovalPlan) -> String {
    if plan.is_empty() {
        return "Nothing of it is in a service or in the certificate store.".to_owned();
    }
    let mut lines = Vec::new();
    for ServiceRemoval { service, names, files } in &plan.services {
        if !names.is_empty() {
            lines.push(format!("{service}: no certificate of AutoSSL's any more for {}", names.join(", ")));
        }
        lines.extend(files.iter().map(|file| format!("{service}: goes {file}")));
    }
    lines.extend(plan.keys.iter().map(|dir| format!("certificates and keys: goes {dir}")));
    lines.extend(plan.remarks.iter().cloned());
    lines.join("\n")
}
