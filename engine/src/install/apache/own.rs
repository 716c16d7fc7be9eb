//! TLS virtual hosts of the administrator's, for names that a certificate is there for. Of two hosts with one name Apache takes the
//! first, so there is no second one: either the administrator's host reads the certificate's file, or it is told what to write there.

use super::edit::{self, HostFile};
use super::hosts::Hosts;
use super::vhost;
use crate::install::{FileText, Files, Placed, Scene, Withheld};
use crate::inventory::apache::{Host, Speech};
use crate::tls_store::Place;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// As many hosts as one message names.
const NAMED: usize = 3;

/// What a host of the administrator's has to do with a website's certificate.
enum Standing {
    /// It reads it.
    Reads,
    /// It is to read it, and its file may be edited.
    Editable(HostFile),
    /// It reads another one, and only the administrator can change that; the reason is why AutoSSL cannot, where it should.
    Others(Option<String>),
}

/// Tell whether two paths lead to one file.
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// Tell for which of its names a website's certificate is not presented since the administrator's hosts read others.
pub(super) fn withheld(place: &Place, may_edit: bool, hosts: &Hosts, placed: Placed<'_>) -> Option<Withheld> {
    let (mut names, mut said) = (Vec::new(), BTreeMap::new());
    for (name, host) in own_hosts(hosts, placed) {
        let standing = standing(place, may_edit, host, placed, |path| std::fs::read_to_string(path).ok());
        let Standing::Others(reason) = standing else { continue };
        names.push(name.to_owned());
        said.entry(host.place()).or_insert((host, reason));
    }
    let website = &placed.item.website;
    let lines = vhost::certificate(&place.combined(website)).unwrap_or_default().join(" and ");
    let mut sentences: Vec<String> =
        said.values().take(NAMED).map(|(host, reason)| sentence(host, reason.as_deref())).collect();
    if said.len() > NAMED {
        sentences.push(format!("and {} more hosts", said.len() - NAMED));
    }
    let detail = format!(
        "{}; write {lines} there, without other SSLCertificateFile, SSLCertificateKeyFile and SSLCertificateChainFile, and reload \
         Apache, or set services.apache.edit_hosts = true",
        sentences.join("; ")
    );
    (!names.is_empty()).then_some(Withheld { names, code: "own_host", detail })
}

fn sentence(host: &Host, reason: Option<&str>) -> String {
    let certificate = match &host.speech {
        Speech::Tls(Some(file)) => file.display().to_string(),
        Speech::Tls(None) | Speech::Plain => "no file".to_owned(),
    };
    let name = host.names.first().map_or("a virtual host", String::as_str);
    let reason = reason.map_or_else(String::new, |reason| format!(" and is not edited, since {reason}"));
    format!("{name} has a TLS virtual host of its own at {}, which reads {certificate}{reason}", host.place())
}

/// Exchange the certificate in the hosts that may be edited, file by file.
pub(super) fn exchanged(place: &Place, hosts: &Hosts, scene: &Scene<'_>) -> Result<Files, String> {
    // From the last line up, so that the lines before stay where Apache saw them.
    let mut edits: BTreeMap<PathBuf, BTreeMap<std::cmp::Reverse<usize>, (&str, u32)>> = BTreeMap::new();
    for placed in scene.placed {
        for (_, host) in own_hosts(hosts, *placed) {
            if let Standing::Editable(file) = standing(place, true, host, *placed, scene.before) {
                let website = placed.item.website.as_str();
                edits.entry(file.path).or_default().insert(std::cmp::Reverse(host.line), (website, file.mode));
            }
        }
    }
    let mut files = Files::default();
    for (path, edits) in edits {
        let mut text = (scene.before)(&path).ok_or_else(|| format!("{} cannot be read", path.display()))?;
        let mut mode = 0;
        for (line, (website, file_mode)) in &edits {
            let certificates = vhost::certificate(&place.combined(website))?;
            text = edit::exchange(&text, line.0, &certificates)
                .map_err(|reason| format!("{}: {reason}", path.display()))?;
            mode = *file_mode;
        }
        let mut websites = edits.values().map(|(website, _)| *website);
        let first = websites.next();
        let website = first.filter(|first| websites.all(|other| other == *first)).map(str::to_owned);
        files.insert(path, FileText { text: Some(text), mode, website });
    }
    Ok(files)
}

/// List the names of a certificate with the administrator's TLS host for each that has one.
fn own_hosts<'a>(hosts: &'a Hosts, placed: Placed<'a>) -> impl Iterator<Item = (&'a str, &'a Host)> {
    placed.names.iter().filter_map(|name| Some((name.as_str(), hosts.tls(name)?)))
}

fn standing(
    place: &Place,
    may_edit: bool,
    host: &Host,
    placed: Placed<'_>,
    read: impl Fn(&Path) -> Option<String>,
) -> Standing {
    let own = place.combined(&placed.item.website);
    if matches!(&host.speech, Speech::Tls(Some(file)) if is_same_file(file, &own)) {
        return Standing::Reads;
    }
    if !may_edit {
        return Standing::Others(None);
    }
    let is_for_others = host.names.first().is_some_and(|name| !placed.names.contains(name));
    let file = match edit::file_of(host) {
        _ if is_for_others => Err("its ServerName belongs to another website".to_owned()),
        file => file,
    };
    let tried = file.and_then(|file| {
        let text = read(&file.path).ok_or("its file cannot be read")?;
        edit::exchange(&text, host.line, &[]).map(|_| file)
    });
    tried.map_or_else(|reason| Standing::Others(Some(reason)), Standing::Editable)
}
