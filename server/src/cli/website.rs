//! `autossl website`: the websites of the inventory.

use super::table::Table;
use super::{output, removal};
use crate::error::CliError;
use clap::Subcommand;
use engine::Engine;
use engine::inventory::display_name;
use engine::store::OwnedWebsite;

/// What can be done.
#[derive(Subcommand)]
pub(super) enum WebsiteCommand {
    /// List websites with their names
    List {
        /// Only those of this user
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a website to a user
    Add {
        /// The user
        user: String,
        /// The primary name
        domain: String,
        /// Another name; may be given again
        #[arg(long = "alias", value_name = "NAME")]
        aliases: Vec<String>,
        /// The directory that the web server serves [default: /home/USER/public_html]
        #[arg(long, value_name = "PATH", default_value = "", hide_default_value = true)]
        document_root: String,
    },
    /// Remove a website; its files leave the services after a time of grace
    Remove {
        /// The primary name
        domain: String,
        /// Only show what would go and what would stay
        #[arg(long)]
        plan: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Add and remove names of a website
    #[command(subcommand)]
    Alias(AliasCommand),
}

/// What can be done with the names of a website.
#[derive(Subcommand)]
pub(super) enum AliasCommand {
    /// Add a name to a website
    Add {
        /// The website's primary name
        domain: String,
        /// The name
        alias: String,
    },
    /// Remove a name from a website
    Remove {
        /// The website's primary name
        domain: String,
        /// The name
        alias: String,
    },
}

/// Do it.
pub(super) async fn run(engine: &Engine, command: WebsiteCommand) -> Result<(), CliError> {
    match command {
        WebsiteCommand::List { user, json } => {
            let websites = engine.websites(user.as_deref()).await?;
            if json { output::json(&websites) } else { output::line(&table(&websites).to_string()) }
        }
        WebsiteCommand::Add { user, domain, aliases, document_root } => {
            engine.add_website(&user, &domain, &aliases, &document_root).await?;
            output::line(&format!("Added {domain} to {user}."))
        }
        WebsiteCommand::Remove { domain, plan, json } => {
            let what = engine.plan_removal(std::slice::from_ref(&domain)).await?;
            if !plan {
                engine.remove_website(&domain).await?;
            }
            match (plan, json) {
                (true, _) | (_, true) => removal::show(&what, json),
                (false, false) => removal::done(&format!("Removed {domain}."), &what),
            }
        }
        WebsiteCommand::Alias(AliasCommand::Add { domain, alias }) => {
            engine.add_alias(&domain, &alias).await?;
            output::line(&format!("Added {alias} to {domain}."))
        }
        WebsiteCommand::Alias(AliasCommand::Remove { domain, alias }) => {
            engine.remove_alias(&domain, &alias).await?;
            output::line(&format!("Removed {alias} from {domain}."))
        }
    }
}

fn table(websites: &[OwnedWebsite]) -> Table {
    let mut table = Table::new(&["USER", "WEBSITE", "SOURCE", "DOCUMENT ROOT", "ALIASES"]);
    for OwnedWebsite { user, website } in websites {
        let aliases: Vec<String> = website.aliases.iter().map(|alias| display_name(alias)).collect();
        table.row([
            user.clone(),
            display_name(&website.domain),
            website.source.as_str().to_owned(),
            website.document_root.clone(),
            aliases.join(" "),
        ]);
    }
    table
}
