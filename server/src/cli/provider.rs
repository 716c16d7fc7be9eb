//! `autossl provider`: certificate authorities. How they are shown is in `provider/text.rs`.

mod text;

use super::{operator, output, password};
use crate::error::CliError;
use clap::{Args, Subcommand};
use engine::store::{AddedProvider, OrderChoices};
use engine::{Engine, ExternalAccount, TermsAnswer};
use std::path::PathBuf;
use text::{find, show, table};

/// What can be done.
#[derive(Subcommand)]
pub(super) enum ProviderCommand {
    /// List the certificate authorities
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show everything that is known of one
    Show {
        /// Its short name, from the list
        id: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Send orders to a certificate authority from now on
    Select {
        /// Its short name, from the list
        id: String,
        /// Agree to its terms of service
        #[arg(long)]
        agree_tos: bool,
        #[command(flatten)]
        external: ExternalArguments,
    },
    /// Let others take, in this order, what the selected one cannot; without any, nobody does
    Fallbacks {
        /// Their short names, from the list
        ids: Vec<String>,
        /// Agree to the terms of service of those that are new in the list
        #[arg(long)]
        agree_tos: bool,
        #[command(flatten)]
        external: ExternalArguments,
    },
    /// Send no orders anywhere from now on
    Disable,
    /// Ask a certificate authority for its directory, as a test of the connection
    Test {
        /// Its short name, from the list
        id: String,
    },
    /// Register anew, with a new account key
    Reset {
        /// Its short name, from the list
        id: String,
        #[command(flatten)]
        external: ExternalArguments,
    },
    /// Let a new key sign for the account
    ChangeKey {
        /// Its short name, from the list
        id: String,
    },
    /// Set the e-mail address that the certificate authority may write to
    Contact {
        /// Its short name, from the list
        id: String,
        /// The address; none removes it
        address: Option<String>,
    },
    /// Close the account for good
    Deactivate {
        /// Its short name, from the list
        id: String,
        /// Yes, for good
        #[arg(long, required = true)]
        confirm: bool,
    },
    /// Choose how certificates are ordered
    Set {
        /// Its short name, from the list
        id: String,
        /// With this profile; an empty one leaves it to the certificate authority
        #[arg(long)]
        profile: Option<String>,
        /// With a chain that ends at the root of this common name; an empty one takes the first chain
        #[arg(long)]
        preferred_chain: Option<String>,
    },
    /// Add a certificate authority by its directory's URL
    Add {
        /// A short name of your choice: lower-case letters, digits, hyphens
        id: String,
        /// The ACME directory's URL
        #[arg(long)]
        directory: String,
        /// A name for people
        #[arg(long)]
        name: Option<String>,
        /// It may be at a private address
        #[arg(long)]
        allow_private: bool,
        /// A PEM file with the root that its server is trusted by
        #[arg(long)]
        root: Option<PathBuf>,
    },
    /// Remove a certificate authority that was added
    Remove {
        /// Its short name, from the list
        id: String,
    },
}

/// The customer's account that a new account is bound to.
#[derive(Args)]
pub(super) struct ExternalArguments {
    /// The key identifier of your account at the certificate authority
    #[arg(long, value_name = "KEY_ID", requires = "mac_key")]
    eab_kid: Option<String>,
    /// Its MAC key in base64url; `-` reads it from standard input, so that it stands in no list of processes
    #[arg(long = "eab-hmac", id = "mac_key", value_name = "MAC_KEY", requires = "eab_kid")]
    eab_hmac: Option<String>,
}

/// Do it.
pub(super) async fn run(engine: &Engine, command: ProviderCommand) -> Result<(), CliError> {
    match command {
        ProviderCommand::List { json: true } => output::json(&engine.providers().await?),
        ProviderCommand::List { json: false } => output::line(&table(&engine.providers().await?).to_string()),
        ProviderCommand::Show { id, json } => show(engine, &id, json).await,
        ProviderCommand::Select { id, agree_tos, external } => {
            external.set(engine, &id).await?;
            let provider = engine.select_provider(&id, &answer(agree_tos)).await?;
            output::line(&format!("Orders go to {} ({}).", provider.name, provider.directory_url))
        }
        ProviderCommand::Fallbacks { ids, agree_tos, external } => fallbacks(engine, &ids, agree_tos, external).await,
        ProviderCommand::Disable => {
            engine.disable_provider().await?;
            output::line("No orders are sent anywhere.")
        }
        ProviderCommand::Test { id } => {
            let test = engine.test_provider(&id).await?;
            output::line(&format!("{id} answered in {} ms.", test.took.as_millis()))
        }
        ProviderCommand::Reset { id, external } => {
            external.set(engine, &id).await?;
            engine.recreate_account(&id).await?;
            output::line(&format!("{id} has a new account."))
        }
        ProviderCommand::ChangeKey { id } => {
            engine.change_account_key(&id).await?;
            output::line(&format!("A new key signs for the account at {id}."))
        }
        ProviderCommand::Contact { id, address } => {
            engine.change_contact(&id, address.as_deref()).await?;
            output::line(&match address {
                Some(address) => format!("{id} may write to {address}."),
                None => format!("{id} has no address to write to."),
            })
        }
        ProviderCommand::Deactivate { id, confirm: _ } => {
            engine.deactivate_account(&id).await?;
            output::line(&format!("The account at {id} is closed."))?;
            match engine.current_provider().await? {
                Some(provider) => output::line(&format!("Orders go to {}.", provider.name)),
                None => output::line("No orders are sent anywhere."),
            }
        }
        ProviderCommand::Set { id, profile, preferred_chain } => set(engine, &id, profile, preferred_chain).await,
        ProviderCommand::Add { id, directory, name, allow_private, root } => {
            let root_pem = root.map(read).transpose()?;
            let name = name.unwrap_or_else(|| id.clone());
            let new = AddedProvider { id, name, directory_url: directory, allow_private, root_pem };
            engine.add_provider(&new).await?;
            output::line(&format!("{} is in the list; select it with `autossl provider select {}`.", new.name, new.id))
        }
        ProviderCommand::Remove { id } => {
            engine.remove_provider(&id).await?;
            output::line(&format!("{id} is removed."))
        }
    }
}

impl ExternalArguments {
    async fn set(self, engine: &Engine, id: &str) -> Result<(), CliError> {
        let (Some(key_id), Some(mac_key)) = (self.eab_kid, self.eab_hmac) else { return Ok(()) };
        let mac_key = if mac_key == "-" { password::first_line()? } else { mac_key };
        let external = ExternalAccount::parse(&key_id, &mac_key).map_err(engine::EngineError::from)?;
        Ok(engine.set_external_account(id, Some(&external)).await?)
    }
}

fn answer(agree_tos: bool) -> TermsAnswer {
    if agree_tos { TermsAnswer::Agreed { by: operator() } } else { TermsAnswer::NotAsked }
}

async fn fallbacks(
    engine: &Engine,
    ids: &[String],
    agree_tos: bool,
    external: ExternalArguments,
) -> Result<(), CliError> {
    if external.eab_kid.is_some() {
        let listed = engine.providers_in_order().await?;
        let new: Vec<&String> = ids.iter().filter(|id| !listed.iter().any(|provider| provider.id == **id)).collect();
        let [id] = new[..] else {
            return Err(CliError::WhoseExternalAccount);
        };
        external.set(engine, id).await?;
    }
    let order = engine.set_fallbacks(ids, &answer(agree_tos)).await?;
    let names: Vec<&str> = order.iter().map(|provider| provider.name.as_str()).collect();
    output::line(&match names.split_first() {
        None => "No orders are sent anywhere.".to_owned(),
        Some((first, [])) => format!("Orders go to {first}, and to nobody else."),
        Some((first, rest)) => {
            format!("Orders go to {first}; what it cannot take goes to {}.", rest.join(", then to "))
        }
    })
}

async fn set(
    engine: &Engine,
    id: &str,
    profile: Option<String>,
    preferred_chain: Option<String>,
) -> Result<(), CliError> {
    let known = find(engine, id).await?;
    let given = |new: Option<String>, old| new.map_or(old, |text| (!text.is_empty()).then_some(text));
    let choices = OrderChoices {
        profile: given(profile, known.profile),
        preferred_chain: given(preferred_chain, known.preferred_chain),
    };
    engine.set_order_choices(id, &choices).await?;
    let or = |choice: Option<String>, none: &str| choice.unwrap_or_else(|| none.to_owned());
    output::line(&format!(
        "Certificates of {id} are ordered with profile: {}; chain: {}.",
        or(choices.profile, "the authority's own"),
        or(choices.preferred_chain, "the first"),
    ))
}

fn read(path: PathBuf) -> Result<String, CliError> {
    std::fs::read_to_string(&path).map_err(|source| CliError::File { path, source })
}
