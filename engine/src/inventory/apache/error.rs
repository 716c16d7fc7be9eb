//! Why Apache could not be asked.

/// Why there is no answer. The inventory stays as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoveryError {
    /// The configured command is empty.
    #[error("no command to ask apache with is configured")]
    NoCommand,
    /// The command is not there or not allowed.
    #[error("command {command} does not start")]
    Start {
        /// The command.
        command: String,
        /// Why.
        source: std::io::Error,
    },
    /// What the command says cannot be read.
    #[error("the output of command {command} cannot be read")]
    Read {
        /// The command.
        command: String,
        /// Why.
        source: std::io::Error,
    },
    /// The command did not end in time and was killed.
    #[error("command {command} did not end within {seconds} s and was killed")]
    TimedOut {
        /// The command.
        command: String,
        /// The limit.
        seconds: u64,
    },
    /// The command said more than is read and was killed.
    #[error("command {command} said more than {mib} MiB and was killed")]
    TooMuchOutput {
        /// The command.
        command: String,
        /// The limit.
        mib: u32,
    },
    /// The command failed: most often the configuration is broken.
    #[error("command {command} ended with {status}: {said}")]
    Failed {
        /// The command.
        command: String,
        /// How it ended.
        status: std::process::ExitStatus,
        /// Its own words, without warnings, cut to the last ones.
        said: String,
    },
    /// The configuration was not shown since mod_info is neither loaded nor found.
    #[error("command {command} shows no configuration: mod_info.so is neither loaded nor at {looked}")]
    NoInfoModule {
        /// The command.
        command: String,
        /// Where it was looked for.
        looked: String,
    },
    /// The answer is not what Apache is known to say.
    #[error("the answer of command {command} is not understood: {reason}")]
    Unreadable {
        /// The command.
        command: String,
        /// What is missing or odd.
        reason: String,
    },
    /// The document roots cannot be looked at, e.g. since a network file system hangs.
    #[error("the owners of the document roots are not known: {reason}")]
    Owners {
        /// Why.
        reason: String,
    },
    /// Apache's configuration has no virtual host, which more likely is a wrong command than a server without websites.
    #[error("command {command} shows no virtual host")]
    NoVirtualHost {
        /// The command.
        command: String,
    },
}
