//! What the engine must be told: where its data are, whom it may ask, what it installs into.

mod front;

pub use front::{HaproxyConfig, HookConfig, NginxConfig, NginxWay, PanelConfig, WebDiskConfig};

use crate::dns01::{KeyWords, Secret};
use crate::inventory::apache::DiscoveryConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Everything that the engine is configured with.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Where the database is: `sqlite:///path/file.db`.
    pub database_url: String,
    /// Certificates, keys and locks; created with mode 0700 where missing.
    pub data_dir: PathBuf,
    /// One directory a run; created where missing.
    pub logs_dir: PathBuf,
    /// How to speak ACME.
    pub acme: AcmeConfig,
    /// Certificate authorities beside the built-in ones.
    pub providers: Vec<ProviderConfig>,
    /// The web server to install into, if any.
    pub apache: Option<ApacheConfig>,
    /// What all services share, and the other services to install into.
    pub services: ServicesConfig,
    /// How much may happen at once.
    pub limits: LimitsConfig,
    /// What happens by itself.
    pub schedule: ScheduleConfig,
    /// Where websites come from.
    pub inventory: InventoryConfig,
    /// How many certificates a website gets.
    pub certificates_per: CertificatesPer,
    /// Patterns of names that are left out on the whole server, such as `*.internal.test`.
    pub exclude: Vec<String>,
    /// How names are checked before anything is ordered; `None` leaves that to the certificate authority.
    pub precheck: Option<PrecheckConfig>,
    /// Where challenge records may be made.
    pub dns: DnsConfig,
}

/// Where challenge records may be made (DNS-01; RFC 8555, section 8.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsConfig {
    /// The zones that AutoSSL has access to.
    pub zones: Vec<DnsZoneConfig>,
    /// DNS resolvers to find zones with; none asks the system's.
    pub resolvers: Vec<SocketAddr>,
    /// The port of authoritative servers; 0 counts as 53.
    pub port: u16,
    /// Whether zones that a command changes may be added in the interface: whoever signs in there may then run programs here.
    pub commands_from_interface: bool,
}

/// A DNS zone that AutoSSL has access to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsZoneConfig {
    /// Its name, or that of a part of it.
    pub zone: String,
    /// How it is changed.
    pub access: DnsAccess,
    /// Servers that must show what was published; none asks those of the zone's NS records.
    pub check_at: Vec<SocketAddr>,
    /// The most seconds that one change may take; 0 counts as 30.
    pub timeout: u32,
    /// The most seconds to wait until all servers show what was published; 0 counts as 120.
    pub propagation_timeout: u32,
}

/// How a zone is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsAccess {
    /// By messages to its primary server (RFC 2136).
    Rfc2136 {
        /// The server's address or name, perhaps with a port.
        server: String,
        /// What changes are signed with; `None` sends them unsigned.
        key: Option<DnsKeyConfig>,
        /// How long others may remember a value, in seconds; 0 counts as 60.
        ttl: u32,
    },
    /// At a provider, with a token.
    Hosted {
        /// Its name, one of those in `docs/dns.md`.
        provider: String,
        /// What the provider lets AutoSSL in with.
        token: DnsToken,
        /// The URL of its interface, for `powerdns`.
        url: Option<String>,
        /// How long others may remember a value, in seconds; 0 counts as 60.
        ttl: u32,
    },
    /// By a command, called as `docs/dns.md` says.
    Command {
        /// The program and its first arguments.
        command: Vec<String>,
    },
}

/// Where a provider's token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsToken {
    /// Here.
    Text(Secret),
    /// In this file, and nothing else is there.
    File(PathBuf),
}

/// What signs changes of a zone (TSIG, RFC 8945).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsKeyConfig {
    /// What the configuration says.
    pub words: KeyWords,
    /// A file with the rest, as name servers write it.
    pub file: Option<PathBuf>,
}

/// How many certificates a website gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificatesPer {
    /// One for all of its names.
    #[default]
    Website,
    /// One for each name: each becomes a website of its own.
    Host,
}

/// Where websites come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum InventoryConfig {
    /// The database: import files, the interface, the command line.
    #[default]
    Database,
    /// The configuration of this server's Apache, read at the beginning of each run of all users.
    Apache(DiscoveryConfig),
}

/// What happens by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScheduleConfig {
    /// The second of the day in UTC at which all users are checked; `None` for never.
    pub nightly: Option<i64>,
    /// The most seconds by which that is put off, differently on each server.
    pub jitter: i64,
    /// Whether all users are checked after an import.
    pub after_changes: bool,
    /// How many seconds lie between two looks whether services still present what was installed; `None` for never.
    pub drift: Option<i64>,
    /// For how many seconds after a website is gone its files stay in services; `None` for ever.
    pub grace: Option<i64>,
}

/// How names are checked before anything is ordered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrecheckConfig {
    /// DNS resolvers to ask; none asks the system's.
    pub resolvers: Vec<SocketAddr>,
    /// The port on which certificate authorities fetch tokens; 0 counts as 80.
    pub validation_port: u16,
    /// This server's public addresses; none says nothing about where names lead.
    pub addresses: Vec<IpAddr>,
    /// Private names and addresses are as good as public ones, as for a certificate authority of one's own.
    pub allow_private: bool,
}

/// How to speak ACME.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AcmeConfig {
    /// PEM files with roots to trust beside the system's, for private certificate authorities.
    pub trusted_roots: Vec<PathBuf>,
    /// An e-mail address that the certificate authority may write to.
    pub contact: Option<String>,
    /// The most seconds that one request may take; 0 counts as 30.
    pub request_timeout: u32,
    /// Seconds to wait for a validation or an issuance before giving up; 0 counts as 90.
    pub order_timeout: u32,
}

/// A certificate authority that the administrator added.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// A short stable name.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The ACME directory's URL; `https` only.
    pub directory_url: String,
    /// Its limits by name, such as `new_orders = "300/3h"`; one that is not named is not kept.
    #[serde(default)]
    pub limits: BTreeMap<String, String>,
    /// Whether it may be at a private address.
    #[serde(default)]
    pub allow_private: bool,
}

/// What certificates are installed into, apart from Apache.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServicesConfig {
    /// The directory with what services read, a view for each; made where missing. Services must be able to pass through its parents.
    pub store: PathBuf,
    /// The server's own name: its certificate is presented for names that nobody has.
    pub hostname: Option<String>,
    /// The nginx to install into, if any.
    pub nginx: Option<NginxConfig>,
    /// The HAProxy to install into, if any.
    pub haproxy: Option<HaproxyConfig>,
    /// The Apache of the Web Disk to install into, if any.
    pub web_disk: Option<WebDiskConfig>,
    /// AutoSSL's own server, if it speaks TLS.
    pub panel: Option<PanelConfig>,
    /// A command that installs, if any.
    pub hook: Option<HookConfig>,
    /// The Dovecot to install into, if any.
    pub dovecot: Option<DovecotConfig>,
    /// The Exim to install into, if any.
    pub exim: Option<EximConfig>,
    /// The Postfix to install into, if any.
    pub postfix: Option<PostfixConfig>,
    /// The process that installs in the server's stead, if any.
    pub deputy: Option<DeputyConfig>,
}

/// The process that installs, as root, for a server that runs as an ordinary user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeputyConfig {
    /// The Unix socket at which it is asked.
    pub socket: PathBuf,
    /// The user that it listens to, by name or number: the server's.
    pub user: String,
    /// The group that may read the certificates of the server's own names, by name or number: the server's.
    pub group: String,
    /// Where the directories of websites may be.
    pub document_roots: Vec<PathBuf>,
}

/// The Dovecot to install into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DovecotConfig {
    /// A file that Dovecot's configuration includes (`!include_try FILE`) and that only AutoSSL writes to.
    pub include: PathBuf,
    /// The names for which it presents certificates.
    pub names: MailNames,
    /// The command that tests the configuration.
    pub test: Vec<String>,
    /// The command that reloads it; what it says of its success is not believed.
    pub reload: Vec<String>,
    /// The command that tells the version, which decides on the words of the file.
    pub version: Vec<String>,
    /// Where Dovecot writes its process id.
    pub pid_file: PathBuf,
    /// Where handshakes reach it.
    pub doors: MailDoors,
}

/// The Exim to install into. It reads certificates by itself as `docs/services.md` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EximConfig {
    /// The group as which Exim reads them, by name or number.
    pub group: String,
    /// The names for which it presents certificates.
    pub names: MailNames,
    /// Where Exim writes its process id.
    pub pid_file: PathBuf,
    /// Where handshakes reach it.
    pub doors: MailDoors,
}

/// The Postfix to install into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostfixConfig {
    /// The table of `tls_server_sni_maps`, without its type and suffix; only AutoSSL writes to it.
    pub table: PathBuf,
    /// The type of the table, such as `hash`.
    pub table_type: String,
    /// The command that makes the table; its type and path are added.
    pub postmap: Vec<String>,
    /// The names for which it presents certificates.
    pub names: MailNames,
    /// The command that tests the configuration.
    pub test: Vec<String>,
    /// The command that reloads it.
    pub reload: Vec<String>,
    /// Where Postfix writes its process id.
    pub pid_file: PathBuf,
    /// Where handshakes reach it.
    pub doors: MailDoors,
}

/// The names that mail programs use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailNames {
    /// First labels, such as `mail`: a name that has one of them counts, and so does a wildcard.
    pub labels: Vec<String>,
    /// Whether all other names count, too.
    pub domains: bool,
}

/// Where handshakes reach a mail service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailDoors {
    /// TLS from the first byte.
    pub tls: Vec<SocketAddr>,
    /// After STARTTLS of SMTP (RFC 3207).
    pub smtp: Vec<SocketAddr>,
    /// After STARTTLS of IMAP (RFC 9051, section 6.2.1).
    pub imap: Vec<SocketAddr>,
    /// After STLS of POP3 (RFC 2595, section 4).
    pub pop3: Vec<SocketAddr>,
}

/// The Apache to install into.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApacheConfig {
    /// A directory that Apache's configuration includes (`IncludeOptional DIR/*.conf`) and that only AutoSSL writes to.
    pub vhost_dir: PathBuf,
    /// The address of the TLS virtual hosts, e.g. `*:443`.
    pub listen: String,
    /// The command that tests the configuration.
    pub test: Vec<String>,
    /// The command that reloads it without dropping connections.
    pub reload: Vec<String>,
    /// Where Apache writes its process id.
    pub pid_file: PathBuf,
    /// Where a TLS handshake reaches it.
    pub probe: SocketAddr,
    /// How many milliseconds to leave Apache alone between two reloads, for each website that it has a file of ours for.
    pub pause_per_website_ms: u32,
    /// The command that tells the virtual hosts that Apache has, without `-t`; none makes AutoSSL know of no others than its own.
    pub command: Vec<String>,
    /// Whether the certificate's file may be exchanged in TLS virtual hosts of the administrator's.
    pub edit_hosts: bool,
    /// Where challenges are passed on to.
    pub challenges: SocketAddr,
}

/// How much may happen at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Orders that are worked on at the same time.
    pub orders_in_flight: usize,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self { orders_in_flight: 8 }
    }
}
