//! `autossl website`: the websites of the inventory.

use super::output;
use super::table::Table;
use crate::error::CliError;
use clap::{Subcommand, ValueEnum};
use engine::Engine;
use engine::inventory::display_name;
use engine::model::HttpsChoice;
use engine::store::{HttpsWebsite, OwnedWebsite};
use serde_json::{Value, json};

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
    /// Remove a website; files of its certificates and of the web server stay
    Remove {
        /// The primary name
        domain: String,
    },
    /// Send visitors to HTTPS, once the certificate is seen to be served (Apache); without options, list what was chosen
    Https(HttpsArgs),
    /// Add and remove names of a website
    #[command(subcommand)]
    Alias(AliasCommand),
}

/// Which websites, and how their visitors come.
#[derive(clap::Args)]
pub(super) struct HttpsArgs {
    /// The websites' primary names
    domains: Vec<String>,
    /// All websites of this user, too
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Redirect visitors
    #[arg(long, value_enum)]
    redirect: Option<Switch>,
    /// Let browsers come over HTTPS only, for so many seconds after each visit (HSTS): 0 lets them forget it, `off` says nothing
    #[arg(long, value_name = "SECONDS|off", value_parser = seconds)]
    hsts: Option<Hsts>,
    /// List as JSON
    #[arg(long)]
    json: bool,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Switch {
    /// From now on
    On,
    /// Not any more
    Off,
}

/// For how long browsers come over HTTPS only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hsts {
    For(u32),
    Off,
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
        WebsiteCommand::Remove { domain } => {
            engine.remove_website(&domain).await?;
            output::line(&format!("Removed {domain}."))
        }
        WebsiteCommand::Https(arguments) => https(engine, arguments).await,
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

async fn https(engine: &Engine, arguments: HttpsArgs) -> Result<(), CliError> {
    let HttpsArgs { mut domains, user, redirect, hsts, json } = arguments;
    if let Some(user) = user {
        domains.extend(engine.websites(Some(&user)).await?.into_iter().map(|owned| owned.website.domain));
    }
    if let Some(redirect) = redirect {
        engine.set_https_redirect(&domains, redirect == Switch::On).await?;
    }
    if let Some(hsts) = hsts {
        let seconds = match hsts {
            Hsts::For(seconds) => Some(seconds),
            Hsts::Off => None,
        };
        engine.set_hsts(&domains, seconds).await?;
    }
    if redirect.is_some() || hsts.is_some() {
        return output::line(&format!("Changed for {} websites.", domains.len()));
    }
    let chosen = engine.https_websites().await?;
    if json {
        return output::json(&chosen.iter().map(explained).collect::<Vec<_>>());
    }
    let mut table = Table::new(&["USER", "WEBSITE", "REDIRECT", "HSTS"]);
    for HttpsWebsite { user, domain, choice, .. } in chosen {
        let hsts = choice.hsts.map_or_else(|| "off".to_owned(), |seconds| format!("{seconds} s"));
        table.row([user, display_name(&domain), if choice.redirect { "on" } else { "off" }.to_owned(), hsts]);
    }
    output::line(&table.to_string())
}

fn explained(website: &HttpsWebsite) -> Value {
    let HttpsWebsite { user, domain, choice, .. } = website;
    json!({ "user": user, "website": domain, "redirect": choice.redirect, "hsts": choice.hsts })
}

fn seconds(text: &str) -> Result<Hsts, String> {
    if text == "off" {
        return Ok(Hsts::Off);
    }
    let seconds = text.parse().ok().filter(|seconds| *seconds <= HttpsChoice::MOST_SECONDS);
    seconds
        .map(Hsts::For)
        .ok_or_else(|| format!("neither off nor a number of seconds up to {}", HttpsChoice::MOST_SECONDS))
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
