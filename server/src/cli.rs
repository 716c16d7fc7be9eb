//! The command line: what can be said, and which file does it.

mod admin;
mod cert;
mod check;
mod deputy;
mod dns;
mod dns_zone;
mod doctor;
mod drift;
mod follow;
mod inventory;
mod log;
mod maintenance;
mod options;
mod output;
mod password;
mod persist;
mod provider;
mod queue;
mod removal;
mod table;
mod uninstall;
mod user;
mod website;

use crate::config::Config;
use crate::error::CliError;
use crate::serve::{self, Server};
use crate::{demo, shutdown, telemetry};
use clap::{Parser, Subcommand};
use engine::Engine;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The second name of the program, for scripts that know it.
const CHECK_NAME: &str = "autossl_check";

/// Trusted certificates for every website of this server, for ever.
#[derive(Parser)]
#[command(name = "autossl", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Args)]
struct Global {
    /// The configuration file [default: ./autossl.toml, else /etc/autossl/autossl.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Check websites and secure what can be secured; the same as `autossl check`.
#[derive(Parser)]
#[command(name = CHECK_NAME, version, arg_required_else_help = true)]
struct CheckCli {
    #[command(flatten)]
    global: Global,
    #[command(flatten)]
    check: check::CheckArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server: pages, challenges, worker
    Serve,
    /// Install certificates as root for a server that runs as an ordinary user; see `services.deputy`
    Deputy,
    /// Try it: a CA, DNS, Apache, sample users and the server, all on loopback
    Demo(demo::DemoArgs),
    /// Check websites and secure what can be secured
    Check(check::CheckArgs),
    /// List and change hosting users
    #[command(subcommand)]
    User(user::UserCommand),
    /// List and change websites and their names
    #[command(subcommand)]
    Website(website::WebsiteCommand),
    /// Bring users and websites up to date with their source
    #[command(subcommand)]
    Inventory(inventory::InventoryCommand),
    /// List and choose certificate authorities
    #[command(subcommand)]
    Provider(provider::ProviderCommand),
    /// List, add, change and try the DNS zones in which challenge records may be made
    #[command(subcommand)]
    Dns(dns::DnsCommand),
    /// List and change what holds for the whole server
    #[command(subcommand)]
    Options(options::OptionsCommand),
    /// List and change pending jobs
    #[command(subcommand)]
    Queue(queue::QueueCommand),
    /// List and read the logs of runs
    #[command(subcommand)]
    Log(log::LogCommand),
    /// List, show and revoke certificates
    #[command(subcommand)]
    Cert(cert::CertCommand),
    /// Add people who may sign in
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Say what would not work here, and why: configuration, authority, ports, DNS, services, a name
    Doctor(doctor::DoctorArgs),
    /// Look whether every service still presents what was installed
    Drift(drift::DriftArgs),
    /// Take AutoSSL's files out of all services, before AutoSSL itself is removed
    Uninstall(uninstall::UninstallArgs),
    /// Bring the database up to date
    Migrate,
    /// Print the configuration file with every key explained
    PrintConfig(maintenance::PrintConfigArgs),
    /// Print what belongs into Apache's configuration: the way of challenges, TLS, and what AutoSSL writes
    PrintApache,
    /// Ask a running server whether it is well
    Healthcheck,
}

/// Read the command line; a wrong one ends the program with 2, `--help` with 0.
pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Cli {
    let arguments: Vec<OsString> = arguments.collect();
    let name = arguments.first().map(Path::new).and_then(Path::file_name).unwrap_or_default();
    if name.to_string_lossy().ends_with(CHECK_NAME) {
        let CheckCli { global, check } = CheckCli::parse_from(arguments);
        return Cli { global, command: Command::Check(check) };
    }
    Cli::parse_from(arguments)
}

/// Do what the command line says.
///
/// # Errors
/// Where it cannot be done.
pub(crate) async fn run(cli: Cli) -> Result<(), CliError> {
    let file = cli.global.config.as_deref();
    match cli.command {
        Command::Serve => serve(Config::load(file)?).await,
        Command::Deputy => deputy::run(&Config::load(file)?, file).await,
        Command::Demo(arguments) => demo::run(arguments).await.map_err(CliError::Demo),
        Command::PrintConfig(arguments) => maintenance::print_config(&arguments, file),
        Command::PrintApache => maintenance::print_apache(&Config::load(file)?),
        Command::Healthcheck => maintenance::healthcheck(&Config::load(file)?).await,
        Command::Check(arguments) => {
            let config = Config::load(file)?;
            check::run(&open(&config).await?, &config, arguments).await
        }
        Command::User(command) => user::run(&open(&Config::load(file)?).await?, command).await,
        Command::Website(command) => website::run(&open(&Config::load(file)?).await?, command).await,
        Command::Inventory(command) => inventory::run(&open(&Config::load(file)?).await?, command).await,
        Command::Provider(command) => provider::run(&open(&Config::load(file)?).await?, command).await,
        Command::Dns(command) => dns::run(&open(&Config::load(file)?).await?, command).await,
        Command::Options(command) => options::run(&open(&Config::load(file)?).await?, command).await,
        Command::Queue(command) => queue::run(&open(&Config::load(file)?).await?, command).await,
        Command::Log(command) => log::run(&open(&Config::load(file)?).await?, command).await,
        Command::Cert(command) => cert::run(&open(&Config::load(file)?).await?, command).await,
        Command::Admin(command) => admin::run(&open(&Config::load(file)?).await?, command).await,
        Command::Doctor(arguments) => {
            let config = Config::load(file)?;
            doctor::run(&open(&config).await?, &config, file, arguments).await
        }
        Command::Drift(arguments) => drift::run(&open(&Config::load(file)?).await?, arguments).await,
        Command::Uninstall(arguments) => uninstall::run(&open(&Config::load(file)?).await?, arguments).await,
        Command::Migrate => {
            open(&Config::load(file)?).await?;
            output::line("The database is up to date.")
        }
    }
}

async fn serve(config: Config) -> Result<(), CliError> {
    telemetry::start(&config)?;
    let stop =
        shutdown::on_signals().map_err(|source| CliError::System { action: "cannot wait for signals", source })?;
    let engine = serve::open_engine(&config).await?;
    Ok(Server::bind(config, engine)?.run(stop).await?)
}

/// Open the engine for a command whose output is for people.
async fn open(config: &Config) -> Result<Engine, CliError> {
    telemetry::start_quietly();
    Ok(serve::open_engine(config).await?)
}

/// Name whoever uses the command line, for logs and for the record of agreed terms.
fn operator() -> String {
    let named = ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.is_empty()).unwrap_or_else(|| "the command line".into())
}

#[cfg(test)]
mod tests {
    use super::{Cli, Command, parse};
    use clap::CommandFactory;
    use std::ffi::OsString;

    fn parsed(words: &[&str]) -> Cli {
        parse(words.iter().map(OsString::from))
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_second_name_means_check() {
        let cli = parsed(&["/usr/bin/autossl_check", "--user=alice"]);
        let Command::Check(arguments) = cli.command else { panic!("this is a check") };
        assert_eq!(arguments.scope(), engine::model::RunScope::User("alice".into()));
    }
}
