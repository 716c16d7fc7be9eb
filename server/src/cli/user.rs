//! `autossl user`: hosting users.

use super::table::Table;
use super::{output, removal};
use crate::error::CliError;
use clap::{Subcommand, ValueEnum};
use engine::Engine;
use engine::inventory::{ImportFormat, NewUser};
use engine::model::{DISABLED_MEANS, DomainRow, DomainState, FeatureSetting, Override, UserDetail, UserQuery, UserRow};
use std::path::{Path, PathBuf};

/// The most rows that the engine gives at once.
const PAGE: u32 = 500;

/// What can be done.
#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// List users
    List {
        /// Only users whose name or domain contains this
        #[arg(long, default_value = "")]
        search: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show a user with websites and names
    Show {
        /// The user
        name: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Add or replace the users, packages and websites that a file names, or change nothing
    Import {
        /// A TOML file, or JSON where the name ends with .json
        file: PathBuf,
    },
    /// Add a user without websites
    Add {
        /// The account's name
        name: String,
        /// Where notifications go
        #[arg(long, value_name = "ADDRESS", default_value = "", hide_default_value = true)]
        email: String,
        /// The owning reseller [default: root]
        #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
        owner: String,
        /// The package [default: default]
        #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
        package: String,
    },
    /// Remove a user with its websites; their files leave the services after a time of grace
    Remove {
        /// The user
        name: String,
        /// Only show what would go and what would stay
        #[arg(long)]
        plan: bool,
    },
    /// Let runs leave a user out
    Suspend {
        /// The user
        name: String,
    },
    /// Let runs look after a user again
    Unsuspend {
        /// The user
        name: String,
    },
    /// Decide for users, whatever their feature list says
    Override {
        /// The users
        #[arg(required = true)]
        names: Vec<String>,
        /// `reset` leaves it to the feature list again
        #[arg(value_enum)]
        decision: Decision,
    },
    /// Choose which keys the certificates of users get, from the next order on
    KeyType {
        /// The users
        #[arg(required = true)]
        names: Vec<String>,
        /// A value of the option `key-type`; `reset` leaves it to the server again
        key_type: String,
    },
    /// Leave names of a user out of AutoSSL
    Exclude {
        /// The user
        name: String,
        /// The names
        #[arg(required = true)]
        domains: Vec<String>,
    },
}

/// A decision, as the command line spells it.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Decision {
    /// AutoSSL works for them
    Enable,
    /// AutoSSL leaves them alone
    Disable,
    /// The feature list decides
    Reset,
}

/// Do it.
pub(super) async fn run(engine: &Engine, command: UserCommand) -> Result<(), CliError> {
    match command {
        UserCommand::List { search, json: true } => output::json(&all(engine, search).await?),
        UserCommand::List { search, json: false } => output::line(&table(&all(engine, search).await?).to_string()),
        UserCommand::Show { name, json: true } => output::json(&engine.user(&name).await?),
        UserCommand::Show { name, json: false } => output::line(&detail(&engine.user(&name).await?)),
        UserCommand::Import { file } => import(engine, &file).await,
        UserCommand::Add { name, email, owner, package } => {
            let done = format!("Added {name}.");
            engine.add_user(NewUser { name, email, owner, package }).await?;
            output::line(&done)
        }
        UserCommand::Remove { name, plan } => {
            let websites = engine.websites(Some(&name)).await?;
            let domains: Vec<String> = websites.into_iter().map(|owned| owned.website.domain).collect();
            let what = engine.plan_removal(&domains).await?;
            if plan {
                return removal::show(&what, false);
            }
            engine.remove_user(&name).await?;
            removal::done(&format!("Removed {name}."), &what)
        }
        UserCommand::Suspend { name } => {
            engine.suspend_user(&name).await?;
            output::line(&format!("Suspended {name}."))
        }
        UserCommand::Unsuspend { name } => {
            engine.unsuspend_user(&name).await?;
            output::line(&format!("{name} is not suspended any more."))
        }
        UserCommand::Override { names, decision } => {
            let (decision, done) = match decision {
                Decision::Enable => (Override::Enabled, "Enabled AutoSSL for"),
                Decision::Disable => (Override::Disabled, "Disabled AutoSSL for"),
                Decision::Reset => (Override::Inherited, "The feature list decides for"),
            };
            let count = engine.set_override(&names, decision).await?;
            let means = if decision == Override::Disabled { format!(" {DISABLED_MEANS}") } else { String::new() };
            output::line(&format!("{done} {}.{means}", users(count)))
        }
        UserCommand::KeyType { names, key_type } => {
            let (count, choice) = engine.set_key_type(&names, &key_type).await?;
            output::line(&match choice {
                Some(choice) => format!("New certificates of {} get keys of {}.", users(count), choice.as_str()),
                None => format!("The server's choice of keys counts for {}.", users(count)),
            })
        }
        UserCommand::Exclude { name, domains } => {
            engine.exclude(&name, &domains).await?;
            output::line(&format!("AutoSSL leaves {} of {name} out.", domains.join(", ")))
        }
    }
}

async fn import(engine: &Engine, file: &Path) -> Result<(), CliError> {
    let text = std::fs::read_to_string(file).map_err(|source| CliError::File { path: file.to_owned(), source })?;
    let is_json = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let format = if is_json { ImportFormat::Json } else { ImportFormat::Toml };
    let count = engine.import(&text, format).await;
    let count = count.map_err(|source| CliError::Import { path: file.to_owned(), source: Box::new(source) })?;
    output::line(&format!("Imported {} from {}.", users(u32::try_from(count).unwrap_or(u32::MAX)), file.display()))
}

async fn all(engine: &Engine, search: String) -> Result<Vec<UserRow>, CliError> {
    let mut query = UserQuery { search, page: 1, per_page: PAGE, ..UserQuery::default() };
    let mut rows = Vec::new();
    loop {
        let page = engine.users(&query).await?;
        let is_last = query.page >= page.pages();
        rows.extend(page.rows);
        if is_last {
            return Ok(rows);
        }
        query.page += 1;
    }
}

fn table(rows: &[UserRow]) -> Table {
    let mut table = Table::new(&["USER", "PACKAGE", "FEATURE", "OVERRIDE", "AUTOSSL", "SECURED", "CHECKED", "RESULT"]);
    for row in rows {
        let autossl = if row.suspended { "suspended" } else { on_off(row.autossl()) };
        table.row([
            row.name.clone(),
            row.package.clone(),
            on_off(row.feature).to_owned(),
            row.decision.as_str().to_owned(),
            autossl.to_owned(),
            format!("{}/{}", row.names_secured, row.names_total),
            row.checked_at.map_or_else(|| "never".to_owned(), |at| at.short()),
            row.result.map_or_else(String::new, |result| result.as_str().to_owned()),
        ]);
    }
    table
}

fn detail(user: &UserDetail) -> String {
    let row = &user.row;
    let state = if row.suspended { "suspended" } else { on_off(row.autossl()) };
    let mut lines = vec![format!(
        "{} <{}>: package {} (AutoSSL {}), override {}, AutoSSL {state}",
        row.name,
        user.email,
        row.package,
        on_off(row.feature),
        row.decision.as_str(),
    )];
    lines.push(match user.key_type {
        Some(choice) => format!("keys {} (the server's choice is {})", choice.as_str(), user.server_key_type.as_str()),
        None => format!("keys {} (the server's choice)", user.server_key_type.as_str()),
    });
    for website in &user.websites {
        let expires = website.expires_at.map_or_else(String::new, |at| format!(", until {}", at.short()));
        let issuer = website.issuer.as_ref().map_or_else(String::new, |issuer| format!(" by {issuer}"));
        lines.push(format!("\n{}: {}{issuer}{expires}", website.display, website.coverage.as_str()));
        lines.extend(website.domains.iter().map(domain));
    }
    lines.join("\n")
}

fn domain(domain: &DomainRow) -> String {
    let state = match domain.state {
        DomainState::Secured => "secured",
        DomainState::Unsecured => "unsecured",
        DomainState::Excluded => "excluded",
    };
    let problem = domain.problem.as_ref();
    let problem = problem.map_or_else(String::new, |problem| format!(": {} ({})", problem.detail, problem.code));
    format!("  {} {state}{problem}", domain.display)
}

const fn on_off(setting: FeatureSetting) -> &'static str {
    match setting {
        FeatureSetting::On => "on",
        FeatureSetting::Off => "off",
    }
}

fn users(count: u32) -> String {
    if count == 1 { "1 user".into() } else { format!("{count} users") }
}
