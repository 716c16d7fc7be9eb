//! What AutoSSL changes in each service, and the lines that the administrator puts into its configuration: as it is configured, else
//! as it would be by default.

use crate::config::{EngineConfig, NginxWay};
use crate::install::snippet;
use crate::model::Snippet;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

/// The same lines are in the package.
const EXIM: &str = include_str!("../../../../packaging/exim-autossl.conf");

/// What a person is told of a service.
pub(super) struct Guide {
    /// What AutoSSL changes there, in a sentence.
    pub(super) change: String,
    /// What the administrator adds.
    pub(super) snippet: Option<Snippet>,
}

/// Find what to tell of a service.
pub(super) fn of(service: &str, config: &EngineConfig) -> Guide {
    let store = config.services.store.display();
    match service {
        "apache" => {
            let dir = shown(config.apache.as_ref().map(|apache| apache.vhost_dir.as_path()), "/etc/apache2/autossl");
            let edits = config.apache.as_ref().is_some_and(|apache| apache.edit_hosts);
            let own = if edits { "the certificate's file in your own TLS virtual hosts, " } else { "" };
            guide(
                format!(
                    "A file for each website in {dir}, {own}and a graceful reload for each run that has new certificates."
                ),
                "In Apache's configuration, outside of all virtual hosts (autossl print-apache)",
                apache_configuration(config),
            )
        }
        "nginx" => nginx(config),
        "haproxy" => {
            let haproxy = config.services.haproxy.as_ref();
            let list = shown(haproxy.map(|haproxy| haproxy.crt_list.as_path()), "/etc/haproxy/autossl.list");
            let socket = shown(haproxy.map(|haproxy| haproxy.socket.as_path()), "/run/haproxy/admin.sock");
            guide(
                format!("The list {list}, and the certificates of the running process by {socket}, without a reload."),
                "In haproxy.cfg: the first line in global, the second in the front end for TLS",
                format!(
                    "stats socket {socket} mode 600 level admin\n\
                     bind :443 ssl crt {store}/haproxy/names/default/combined.pem crt-list {list} alpn h2,http/1.1"
                ),
            )
        }
        "webdisk" => {
            let disk = config.services.web_disk.as_ref();
            let dir = shown(disk.map(|disk| disk.apache.vhost_dir.as_path()), "/etc/apache2-webdisk/autossl");
            guide(
                format!("A file for each website with a name for it in {dir}, and a graceful reload."),
                "In the configuration of the Web Disk's own Apache; who may do what there is yours to say",
                format!("IncludeOptional {dir}/*.conf"),
            )
        }
        "dovecot" => {
            let dovecot = config.services.dovecot.as_ref();
            let file = shown(dovecot.map(|dovecot| dovecot.include.as_path()), "/etc/dovecot/autossl.conf");
            guide(
                format!("The file {file} with a block for each certificate with mail names, and a reload."),
                "At the end of dovecot.conf",
                format!("!include_try {file}"),
            )
        }
        "exim" => guide(
            format!("The files in {store}/exim, which Exim looks up by the name that is asked for; no reload."),
            "In the main section of Exim's configuration",
            EXIM.replace("/var/lib/autossl-tls", &store.to_string()),
        ),
        "postfix" => {
            let postfix = config.services.postfix.as_ref();
            let table = shown(postfix.map(|postfix| postfix.table.as_path()), "/etc/postfix/autossl_sni");
            let kind = postfix.map_or("hash", |postfix| postfix.table_type.as_str());
            guide(
                format!("The table {table}, and a reload."),
                "In main.cf",
                format!("tls_server_sni_maps = {kind}:{table}"),
            )
        }
        "panel" => Guide {
            change: "Certificates are looked for at each handshake, by name; nothing is restarted.".into(),
            snippet: None,
        },
        _ => Guide { change: format!("The files in {store}/hook; then your command is called."), snippet: None },
    }
}

/// Write the lines that belong into Apache's configuration, as it is configured, else for the defaults.
#[must_use]
pub fn apache_configuration(config: &EngineConfig) -> String {
    match &config.apache {
        Some(apache) => snippet::text(&apache.vhost_dir, apache.challenges),
        None => snippet::text(Path::new("/etc/apache2/autossl"), SocketAddr::from((Ipv4Addr::LOCALHOST, 8402))),
    }
}

fn nginx(config: &EngineConfig) -> Guide {
    let nginx = config.services.nginx.as_ref();
    let dir = shown(nginx.map(|nginx| nginx.conf_dir.as_path()), "/etc/nginx/autossl");
    let names = config.services.store.join("nginx/names");
    let names = names.display();
    match nginx.map(|nginx| &nginx.way) {
        Some(NginxWay::ByName { .. }) => guide(
            format!(
                "The file {dir}/autossl.names with every name and its certificate's file, and a reload, which reads no certificate."
            ),
            "In nginx's configuration, in http; the last two lines in the server for TLS",
            format!(
                "map_hash_bucket_size 512;\nmap_hash_max_size 65536;\n\
                 map $ssl_server_name $autossl_certificate {{\n    hostnames;\n    default {names}/default/combined.pem;\n    \
                 include {dir}/*.names;\n}}\n\
                 ssl_certificate $autossl_certificate;\nssl_certificate_key $autossl_certificate;"
            ),
        ),
        _ => guide(
            format!("A server block for each website in {dir}, and a reload for each run that has new certificates."),
            "In nginx's configuration, in http",
            format!("include {dir}/*.conf;"),
        ),
    }
}

fn guide(change: String, place: &str, text: String) -> Guide {
    Guide { change, snippet: Some(Snippet { place: place.to_owned(), text }) }
}

fn shown(configured: Option<&Path>, otherwise: &str) -> String {
    configured.map_or_else(|| otherwise.to_owned(), |path| path.display().to_string())
}
