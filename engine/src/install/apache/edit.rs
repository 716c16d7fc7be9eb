//! Exchanging the certificate in a TLS virtual host of the administrator's, where the configuration allows that.
//!
//! Only lines that name certificates, keys and chains are touched: they stay as comments. A file that is made of macros, or that is
//! not ours to write, is left alone.

use crate::inventory::apache::Host;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What names a certificate in a file, in lower case.
const CERTIFICATES: [&str; 3] = ["sslcertificatefile", "sslcertificatekeyfile", "sslcertificatechainfile"];
const COMMENT: &str = "# Before AutoSSL: ";

/// A file with virtual hosts of the administrator's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HostFile {
    /// The file itself: links to it are resolved.
    pub(super) path: PathBuf,
    /// Its mode.
    pub(super) mode: u32,
}

/// Find the file of a host.
///
/// # Errors
/// Where it must not be edited.
pub(super) fn file_of(host: &Host) -> Result<HostFile, String> {
    let file = Path::new(&host.file);
    if !file.is_absolute() {
        return Err("it is made by a macro".into());
    }
    let path = file.canonicalize().map_err(|error| error.to_string())?;
    let metadata = path.metadata().map_err(|error| error.to_string())?;
    let owner = rustix::process::geteuid().as_raw();
    if metadata.uid() != owner {
        return Err(format!("it belongs to user {}, not to us", metadata.uid()));
    }
    Ok(HostFile { path, mode: metadata.permissions().mode() & 0o777 })
}

/// Put lines in the place of those that name the certificate of the virtual host that begins in a line.
///
/// # Errors
/// Where the text is not what Apache was seen to read, or has a macro in that virtual host.
pub(super) fn exchange(text: &str, line: usize, certificates: &[String]) -> Result<String, String> {
    let lines: Vec<&str> = text.split('\n').collect();
    let start = line.checked_sub(1).filter(|start| lines.get(*start).is_some_and(|line| is_open(line)));
    let start = start.ok_or_else(|| format!("line {line} does not begin a virtual host any more"))?;
    let length = lines[start..].iter().position(|line| first_word(line) == "</virtualhost>");
    let end = start + length.ok_or_else(|| format!("the virtual host of line {line} has no end in its file"))?;
    let is_macro = |line: &&str| matches!(first_word(line).as_str(), "use" | "<macro");
    if lines.iter().any(is_macro) {
        return Err("its file has macros".into());
    }
    let mut written: Vec<String> = lines[..=start].iter().map(|line| (*line).to_owned()).collect();
    let indent: String = lines[start].chars().take_while(|character| character.is_whitespace()).collect();
    let named = |line: &&str| CERTIFICATES.contains(&first_word(line).as_str());
    // In the place of the first one, which may stand in a condition; else at once.
    let place = lines[start..end].iter().position(named).map_or(start + 1, |offset| start + offset);
    let mut continues = false;
    for (index, line) in lines.iter().enumerate().take(end).skip(start + 1) {
        if index == place {
            let own: String = line.chars().take_while(|character| character.is_whitespace()).collect();
            let indent = if named(line) { own } else { format!("{indent}  ") };
            written.extend(certificates.iter().map(|certificate| format!("{indent}{certificate}")));
        }
        let is_old = continues || named(line);
        continues = is_old && line.trim_end_matches('\r').ends_with('\\');
        written.push(if is_old { commented(line) } else { (*line).to_owned() });
    }
    if place == end {
        written.extend(certificates.iter().map(|certificate| format!("{indent}  {certificate}")));
    }
    written.extend(lines[end..].iter().map(|line| (*line).to_owned()));
    Ok(written.join("\n"))
}

/// A comment may not go on in the next line either.
fn commented(line: &str) -> String {
    let text = line.trim_end_matches(['\r', '\\']);
    let start = text.len() - text.trim_start().len();
    format!("{}{COMMENT}{}", &text[..start], &text[start..])
}

fn is_open(line: &str) -> bool {
    first_word(line) == "<virtualhost"
}

fn first_word(line: &str) -> String {
    line.split_whitespace().next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# a host
<VirtualHost *:80>
  ServerName a.test
</VirtualHost>
  <virtualhost *:443>
    ServerName a.test
    SSLEngine on
    <IfModule ssl_module>
      SSLCertificateFile /old.pem
      sslcertificatekeyfile \\
        /old.key
    </IfModule>
    SSLCertificateChainFile /old.chain
    DocumentRoot /srv
  </VirtualHost>
<VirtualHost *:443>
  SSLCertificateFile /other.pem
</VirtualHost>
";

    fn exchanged(text: &str, line: usize) -> Result<String, String> {
        exchange(text, line, &["SSLCertificateFile \"/new.pem\"".to_owned()])
    }

    #[test]
    fn only_the_lines_of_the_certificate_are_exchanged_and_they_stay_as_comments() {
        let wanted = TEXT
            .replace(
                "      SSLCertificateFile /old.pem\n      sslcertificatekeyfile \\\n        /old.key\n",
                "      SSLCertificateFile \"/new.pem\"\n      # Before AutoSSL: SSLCertificateFile /old.pem\n      \
                 # Before AutoSSL: sslcertificatekeyfile \n        # Before AutoSSL: /old.key\n",
            )
            .replace("SSLCertificateChainFile", "# Before AutoSSL: SSLCertificateChainFile");
        assert_eq!(exchanged(TEXT, 5).unwrap(), wanted);
    }

    #[test]
    fn a_host_without_a_certificate_of_its_own_gets_one() {
        let text = "<VirtualHost *:443>\n  SSLEngine on\n</VirtualHost>";
        let wanted = "<VirtualHost *:443>\n  SSLCertificateFile \"/new.pem\"\n  SSLEngine on\n</VirtualHost>";
        assert_eq!(exchanged(text, 1).unwrap(), wanted);
        let empty = "<VirtualHost *:443>\n</VirtualHost>";
        assert_eq!(
            exchanged(empty, 1).unwrap(),
            "<VirtualHost *:443>\n  SSLCertificateFile \"/new.pem\"\n</VirtualHost>"
        );
    }

    #[test]
    fn a_file_that_is_not_what_apache_read_or_has_macros_is_left_alone() {
        assert_eq!(exchanged(TEXT, 3).unwrap_err(), "line 3 does not begin a virtual host any more");
        assert_eq!(exchanged(TEXT, 99).unwrap_err(), "line 99 does not begin a virtual host any more");
        assert_eq!(
            exchanged("<VirtualHost *:443>\n", 1).unwrap_err(),
            "the virtual host of line 1 has no end in its file"
        );
        let text = "<VirtualHost *:443>\n Use Site a\n</VirtualHost>\n";
        assert_eq!(exchanged(text, 1).unwrap_err(), "its file has macros");
    }
}
