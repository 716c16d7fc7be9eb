//! Which services this machine has: their programs, versions and configuration files, and where they answer. It only looks.
//!
//! What AutoSSL does to them, and whether that works, is left to the engine.

mod process;
mod socket;

use crate::process_group::converse;
use process::Process;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;

/// Where daemons are, in the order in which they are looked for. The environment says nothing of it: cron's has no `sbin`.
const DIRECTORIES: [&str; 5] = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin", "/sbin"];
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A service that can be told by its program.
struct Known {
    service: &'static str,
    /// The names of its program.
    programs: &'static [&'static str],
    /// What makes it tell its version.
    asked: &'static [&'static str],
    /// What stands before the version.
    before_version: &'static str,
    /// Reads out of the same answer where its configuration is.
    config: fn(&str) -> Option<PathBuf>,
    /// Where that usually is.
    usual_config: &'static [&'static str],
    /// The names of its first process.
    processes: &'static [&'static str],
    /// What stands before a configuration file in its command line; empty where nothing does.
    config_flag: &'static str,
}

const KNOWN: [Known; 6] = [
    Known {
        service: "apache",
        programs: &["apache2", "httpd"],
        asked: &["-V"],
        before_version: "Apache/",
        config: apache_config,
        usual_config: &["/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf"],
        processes: &["apache2", "httpd"],
        config_flag: "-f",
    },
    Known {
        service: "nginx",
        programs: &["nginx"],
        asked: &["-V"],
        before_version: "nginx/",
        config: |said| word_after(said, "--conf-path=").map(PathBuf::from),
        usual_config: &["/etc/nginx/nginx.conf"],
        processes: &["nginx"],
        config_flag: "-c",
    },
    Known {
        service: "haproxy",
        programs: &["haproxy"],
        asked: &["-v"],
        before_version: "version ",
        config: |_| None,
        usual_config: &["/etc/haproxy/haproxy.cfg"],
        processes: &["haproxy"],
        config_flag: "-f",
    },
    Known {
        service: "dovecot",
        programs: &["dovecot"],
        asked: &["--version"],
        before_version: "",
        config: |_| None,
        usual_config: &["/etc/dovecot/dovecot.conf", "/usr/local/etc/dovecot/dovecot.conf"],
        processes: &["dovecot"],
        config_flag: "-c",
    },
    Known {
        service: "exim",
        programs: &["exim4", "exim"],
        asked: &["-bV"],
        before_version: "version ",
        config: |said| word_after(said, "Configuration file is ").map(PathBuf::from),
        usual_config: &["/etc/exim4/exim4.conf", "/etc/exim.conf"],
        processes: &["exim4", "exim"],
        config_flag: "-C",
    },
    Known {
        service: "postfix",
        programs: &["postconf"],
        asked: &["mail_version", "config_directory"],
        before_version: "mail_version = ",
        config: |said| word_after(said, "config_directory = ").map(|dir| Path::new(dir).join("main.cf")),
        usual_config: &["/etc/postfix/main.cf"],
        processes: &["postfix/sbin/master"],
        config_flag: "",
    },
];

/// What was found of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The service's short name.
    pub(crate) service: &'static str,
    /// Its program; `None` where it is not installed.
    pub(crate) program: Option<PathBuf>,
    /// Its version, as it says.
    pub(crate) version: Option<String>,
    /// The configuration file that it reads unless told otherwise.
    pub(crate) config: Option<PathBuf>,
    /// Where it runs.
    pub(crate) instances: Vec<Instance>,
}

/// A running service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instance {
    /// The first process.
    pub(crate) pid: u32,
    /// The configuration file that its command line names.
    pub(crate) config: Option<PathBuf>,
    /// The TCP ports that it listens on, ascending; empty where we may not know.
    pub(crate) ports: Vec<u16>,
}

/// Look for every service that is known.
pub(crate) async fn look() -> Vec<Found> {
    let processes = process::list(Path::new("/proc"));
    let listening = socket::listening(Path::new("/proc"));
    let looks = KNOWN.iter().map(|known| async {
        let instances = process::first_of(&processes, known.processes).map(|first| Instance {
            pid: first.pid,
            config: config_of(first, known.config_flag),
            ports: listening.ports_of(process::family(&processes, first.pid)),
        });
        Found { instances: instances.collect(), ..ask(known).await }
    });
    futures::future::join_all(looks).await
}

async fn ask(known: &Known) -> Found {
    let candidates =
        known.programs.iter().flat_map(|name| DIRECTORIES.map(|directory| Path::new(directory).join(name)));
    let Some(program) = candidates.into_iter().find(|path| path.is_file()) else {
        return Found { service: known.service, ..Found::default() };
    };
    let said = tokio::time::timeout(ANSWER_WITHIN, answer(&program, known.asked)).await;
    let said = said.ok().and_then(Result::ok).unwrap_or_default();
    let usual = || known.usual_config.iter().map(PathBuf::from).find(|path| path.is_file());
    Found {
        service: known.service,
        version: word_after(&said, known.before_version).map(str::to_owned),
        config: (known.config)(&said).filter(|path| path.is_file()).or_else(usual),
        program: Some(program),
        instances: Vec::new(),
    }
}

/// Run a program that says something about itself and ends. Some say it on standard error.
async fn answer(program: &Path, arguments: &[&str]) -> std::io::Result<String> {
    let ended = converse(Command::new(program).args(arguments), b"").await?;
    Ok(ended.output + &ended.errors)
}

/// Read a configuration file out of a command line: `-f FILE` or `-fFILE`.
fn config_of(process: &Process, flag: &str) -> Option<PathBuf> {
    if flag.is_empty() {
        return None;
    }
    let mut words = process.words.iter();
    let found = words.by_ref().find(|word| word.starts_with(flag))?;
    let path = match &found[flag.len()..] {
        "" => words.next()?,
        attached => attached,
    };
    path.starts_with('/').then(|| path.into())
}

fn apache_config(said: &str) -> Option<PathBuf> {
    let quoted = |name: &str| said.split_once(name)?.1.split('"').next();
    let root = quoted("HTTPD_ROOT=\"")?;
    Some(Path::new(root).join(quoted("SERVER_CONFIG_FILE=\"")?))
}

fn word_after<'a>(said: &'a str, before: &str) -> Option<&'a str> {
    let word = said.split_once(before)?.1.split_whitespace().next()?;
    (!word.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(service: &str) -> &'static Known {
        KNOWN.iter().find(|known| known.service == service).unwrap()
    }

    fn read(service: &str, said: &str) -> (Option<String>, Option<PathBuf>) {
        let known = known(service);
        (word_after(said, known.before_version).map(str::to_owned), (known.config)(said))
    }

    #[test]
    fn version_and_configuration_are_read_out_of_what_each_program_says() {
        let apache = "Server version: Apache/2.4.71 (Debian)\n -D HTTPD_ROOT=\"/etc/apache2\"\n \
                      -D SERVER_CONFIG_FILE=\"apache2.conf\"\n";
        assert_eq!(read("apache", apache), (Some("2.4.71".into()), Some("/etc/apache2/apache2.conf".into())));
        let nginx =
            "nginx version: nginx/1.22.1\nconfigure arguments: --prefix=/usr --conf-path=/etc/nginx/nginx.conf --x\n";
        assert_eq!(read("nginx", nginx), (Some("1.22.1".into()), Some("/etc/nginx/nginx.conf".into())));
        let haproxy = "HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/\n";
        assert_eq!(read("haproxy", haproxy), (Some("2.6.12-1+deb12u4".into()), None));
        assert_eq!(read("dovecot", "2.3.19.1 (9b53102964)\n"), (Some("2.3.19.1".into()), None));
        let exim =
            "Exim version 4.96 #2 built 17-Sep-2026\nConfiguration file is /var/lib/exim4/config.autogenerated\n";
        assert_eq!(read("exim", exim), (Some("4.96".into()), Some("/var/lib/exim4/config.autogenerated".into())));
        let postfix = "mail_version = 3.7.11\nconfig_directory = /etc/postfix\n";
        assert_eq!(read("postfix", postfix), (Some("3.7.11".into()), Some("/etc/postfix/main.cf".into())));
        assert_eq!(read("nginx", ""), (None, None));
    }

    #[test]
    fn a_running_services_own_configuration_is_read_out_of_its_command_line() {
        let process = |line: &str| Process {
            pid: 1,
            parent: 0,
            name: "nginx".into(),
            words: line.split(' ').map(str::to_owned).collect(),
        };
        let config = |line: &str, flag: &str| config_of(&process(line), flag);
        let nginx = "nginx: master process /usr/sbin/nginx -c /srv/nginx.conf -e /srv/error.log";
        assert_eq!(config(nginx, "-c"), Some("/srv/nginx.conf".into()));
        assert_eq!(config("/usr/sbin/haproxy -Ws -f/etc/haproxy.cfg", "-f"), Some("/etc/haproxy.cfg".into()));
        assert_eq!(config("/usr/sbin/apache2 -k start", "-f"), None);
        assert_eq!(config("/usr/sbin/apache2 -f", "-f"), None);
    }
}
