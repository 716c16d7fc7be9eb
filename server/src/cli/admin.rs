//! `autossl admin`: people who may sign in.

use super::{output, password};
use crate::error::CliError;
use clap::{Subcommand, ValueEnum};
use engine::Engine;
use engine::model::Role;

/// What can be done.
#[derive(Subcommand)]
pub(super) enum AdminCommand {
    /// Add a person who may sign in
    Create {
        /// The name to sign in with
        name: String,
        /// What this person may do
        #[arg(long, value_enum)]
        role: RoleArg,
        #[command(flatten)]
        password: password::PasswordArgs,
    },
    /// Replace a person's password and end that person's sessions
    Passwd {
        /// The name to sign in with
        name: String,
        #[command(flatten)]
        password: password::PasswordArgs,
    },
}

/// A role, as the command line spells it.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum RoleArg {
    /// Everything
    Admin,
    /// The users that this person owns
    Reseller,
    /// This person's own domains
    User,
}

/// Do it.
pub(super) async fn run(engine: &Engine, command: AdminCommand) -> Result<(), CliError> {
    match command {
        AdminCommand::Create { name, role, password } => {
            let role = match role {
                RoleArg::Admin => Role::Admin,
                RoleArg::Reseller => Role::Reseller,
                RoleArg::User => Role::User,
            };
            engine.create_administrator(&name, role, &password::read(&password)?).await?;
            output::line(&format!("{name} may sign in as {}.", role.as_str()))
        }
        AdminCommand::Passwd { name, password } => {
            engine.set_password(&name, &password::read(&password)?).await?;
            output::line(&format!("{name} has a new password; earlier sessions have ended."))
        }
    }
}
