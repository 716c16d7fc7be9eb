//! Apache's configuration as text: decided from values, written by the builder.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use super::account::Account;
use super::website::{ChallengeAnswer, Website};

/// The name of the hosts that answer for every unknown name.
pub(super) const DEFAULT_NAME: &str = "default.invalid";
/// Who may use a Web Disk.
pub const WEB_DISK_USER: &str = "disk";
/// The same with the SHA-1 of the password, as Apache's `htpasswd -s` writes it.
pub(super) const WEB_DISK_ACCOUNT: &str = "disk:{SHA}oHvcvLsCXRRoi+RfkLO3Eo1PkXA=\n";
const CHALLENGES: &str = "/.well-known/acme-challenge/";

/// Modules to load where they are not built in; one whose file is missing is taken to be.
const MODULES: &[(&str, &str)] = &[
    ("mpm_event_module", "mod_mpm_event.so"),
    ("unixd_module", "mod_unixd.so"),
    ("log_config_module", "mod_log_config.so"),
    ("authz_core_module", "mod_authz_core.so"),
    ("alias_module", "mod_alias.so"),
    ("dir_module", "mod_dir.so"),
    ("proxy_module", "mod_proxy.so"),
    ("proxy_http_module", "mod_proxy_http.so"),
    ("socache_shmcb_module", "mod_socache_shmcb.so"),
    ("ssl_module", "mod_ssl.so"),
];

/// What a Web Disk needs besides.
const WEB_DISK_MODULES: &[(&str, &str)] = &[
    ("authn_core_module", "mod_authn_core.so"),
    ("authn_file_module", "mod_authn_file.so"),
    ("auth_basic_module", "mod_auth_basic.so"),
    ("authz_user_module", "mod_authz_user.so"),
    ("dav_module", "mod_dav.so"),
    ("dav_fs_module", "mod_dav_fs.so"),
    ("dav_lock_module", "mod_dav_lock.so"),
];

/// What hosting servers have besides.
const HOSTING_MODULES: &[(&str, &str)] = &[
    ("access_compat_module", "mod_access_compat.so"),
    ("authn_core_module", "mod_authn_core.so"),
    ("authn_file_module", "mod_authn_file.so"),
    ("authz_host_module", "mod_authz_host.so"),
    ("authz_user_module", "mod_authz_user.so"),
    ("auth_basic_module", "mod_auth_basic.so"),
    ("env_module", "mod_env.so"),
    ("headers_module", "mod_headers.so"),
    ("http2_module", "mod_http2.so"),
    ("rewrite_module", "mod_rewrite.so"),
    ("setenvif_module", "mod_setenvif.so"),
];

/// All that the configuration depends on.
pub(super) struct Layout<'a> {
    pub(super) directory: &'a Path,
    pub(super) module_dir: &'a Path,
    pub(super) vhost_dir: &'a Path,
    /// The certificate of the host for clients that name none, if there is one.
    pub(super) default_certificate: Option<&'a Path>,
    pub(super) http: SocketAddr,
    pub(super) https: SocketAddr,
    pub(super) backend: Option<SocketAddr>,
    pub(super) websites: &'a [Website],
    /// Whom the workers run as; only root may and must say so.
    pub(super) account: Option<&'a Account>,
    /// The file with who may use the Web Disk, if it is one.
    pub(super) web_disk_users: Option<&'a Path>,
    /// What stands at the end.
    pub(super) lines: Option<&'a str>,
}

/// Return where a website's files lie.
pub(super) fn document_root(directory: &Path, website: &str) -> PathBuf {
    directory.join("sites").join(website)
}

/// Write the whole configuration.
pub(super) fn render(layout: &Layout<'_>) -> String {
    let Layout { http, https, .. } = layout;
    let directory = layout.directory.display();
    let default_root = document_root(layout.directory, DEFAULT_NAME);
    let default_root = default_root.display();
    let mut text = format!(
        r#"ServerRoot "{directory}"
ServerName localhost
PidFile "{directory}/run/httpd.pid"
DefaultRuntimeDir "{directory}/run"
Mutex "file:{directory}/run" default
ErrorLog "{directory}/error.log"
LogLevel notice
{modules}{account}Listen {http}
Listen {https}
StartServers 1
ServerLimit 4
ThreadsPerChild 25
MaxRequestWorkers 100
GracefulShutdownTimeout 5
ForceType text/html
AddDefaultCharset utf-8
DirectoryIndex index.html
SSLSessionCache "shmcb:{directory}/run/ssl_scache(512000)"
SSLProtocol -all +TLSv1.2 +TLSv1.3
SSLRandomSeed startup builtin
<Directory "{directory}">
  Options None
  AllowOverride None
  Require all granted
</Directory>
"#,
        modules = modules(layout),
        account = layout
            .account
            .map(|Account { name, group, .. }| format!("User {name}\nGroup #{group}\n"))
            .unwrap_or_default(),
    );
    if let Some(users) = layout.web_disk_users {
        text += &format!(
            r#"DavLockDB "{directory}/locks/db"
<Location "/">
  Dav On
  AuthType Basic
  AuthName "Web Disk"
  AuthUserFile "{users}"
  Require valid-user
</Location>
"#,
            users = users.display()
        );
    }
    text += &http_host(layout, DEFAULT_NAME, &[], &ChallengeAnswer::Proxied, DEFAULT_NAME);
    if let Some(certificate) = layout.default_certificate {
        text += &format!(
            r#"<VirtualHost {https}>
  ServerName {DEFAULT_NAME}
  DocumentRoot "{default_root}"
  SSLEngine on
  SSLCertificateFile "{}"
</VirtualHost>
"#,
            certificate.display()
        );
    }
    text.extend(layout.websites.iter().map(|website| website_hosts(layout, website)));
    let vhosts = layout.vhost_dir.display().to_string();
    text += &match layout.lines {
        None => format!("IncludeOptional \"{vhosts}/*.conf\"\n"),
        Some(lines) => lines
            .replace("@HTTP@", &http.to_string())
            .replace("@HTTPS@", &https.to_string())
            .replace("@DIR@", &directory.to_string())
            .replace("@VHOSTS@", &vhosts),
    };
    text
}

fn modules(layout: &Layout<'_>) -> String {
    let more = layout.web_disk_users.map_or(&[][..], |_| WEB_DISK_MODULES);
    let hosting = layout.lines.map_or(&[][..], |_| HOSTING_MODULES);
    let files = MODULES.iter().chain(more).chain(hosting).map(|(name, file)| (name, layout.module_dir.join(file)));
    let present = files.filter(|(_, file)| file.exists());
    present.map(|(name, file)| format!("LoadModule {name} \"{}\"\n", file.display())).collect()
}

/// Names that answer alike share a host; each of the others gets one of its own, with the same files.
fn website_hosts(layout: &Layout<'_>, website: &Website) -> String {
    let (alike, different): (Vec<_>, Vec<_>) =
        website.names().skip(1).partition(|(_, answer)| **answer == website.answer);
    let aliases: Vec<&str> = alike.into_iter().map(|(name, _)| name).collect();
    let mut text = http_host(layout, &website.name, &aliases, &website.answer, &website.name);
    text.extend(different.into_iter().map(|(name, answer)| http_host(layout, name, &[], answer, &website.name)));
    text
}

fn http_host(layout: &Layout<'_>, name: &str, aliases: &[&str], answer: &ChallengeAnswer, website: &str) -> String {
    let root = document_root(layout.directory, website);
    let root = root.display();
    let mut lines = vec![format!("ServerName {name}")];
    lines.extend(aliases.iter().map(|alias| format!("ServerAlias {alias}")));
    lines.push(format!("DocumentRoot \"{root}\""));
    match (answer, layout.backend) {
        // Without retry=0 Apache would answer 503 for a minute after the back-end was down once.
        (ChallengeAnswer::Proxied, Some(backend)) => lines.push(format!(
            "ProxyPass \"{CHALLENGES}\" \"http://{backend}{CHALLENGES}\" retry=0 disablereuse=on timeout=30"
        )),
        (ChallengeAnswer::Proxied, None) | (ChallengeAnswer::NotFound, _) => {}
        (ChallengeAnswer::Redirect(target), _) => lines.push(format!("Redirect 302 \"{CHALLENGES}\" \"{target}\"")),
        (ChallengeAnswer::Page, _) => lines.push(format!("AliasMatch \"^{CHALLENGES}\" \"{root}/index.html\"")),
    }
    if layout.web_disk_users.is_some() {
        lines.push("<Location \"/\">\n    Dav Off\n    Require all granted\n  </Location>".to_owned());
    }
    if matches!(answer, ChallengeAnswer::Proxied) {
        lines.push("ProxyPreserveHost On".to_owned());
    }
    format!("<VirtualHost {}>\n  {}\n</VirtualHost>\n", layout.http, lines.join("\n  "))
}
