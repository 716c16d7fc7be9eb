//! What is taken over, and what is not, line by line.

use super::*;

/// Read lines as a configuration, without conditions and includes.
fn nodes(lines: &[&str]) -> Vec<Node> {
    let mut open: Vec<Vec<Node>> = vec![Vec::new()];
    for line in lines {
        let closes = line.starts_with("</");
        if closes {
            let children = open.pop().unwrap();
            open.last_mut().unwrap().last_mut().unwrap().children = Some(children);
            continue;
        }
        let text = line.trim_start_matches('<').trim_end_matches(if line.starts_with('<') { '>' } else { '\0' });
        let (name, arguments) = text.split_once(' ').unwrap_or((text, ""));
        open.last_mut().unwrap().push(Node { name: name.into(), arguments: arguments.into(), children: None });
        if line.starts_with('<') {
            open.push(Vec::new());
        }
    }
    open.pop().unwrap()
}

fn copied(lines: &[&str]) -> Vec<String> {
    let copied = over_tls(&nodes(lines), &HashSet::from(["a.test", "www.a.test"]));
    write(&copied, "").lines().map(|line| line.trim_start().to_owned()).collect()
}

fn is_taken_over(line: &str) -> bool {
    !copied(&[line]).is_empty()
}

#[test]
fn what_makes_the_website_is_taken_over_as_it_is_written() {
    let lines = [
        "DocumentRoot \"/srv/a b\"",
        "CustomLog \"|/usr/bin/rotatelogs /log/%Y 86400\" combined",
        "SetEnv X ${NOPE}",
        "SuexecUserGroup alice alice",
        "php_admin_value open_basedir /srv",
        "SSLProxyEngine on",
        "<Directory \"/srv/a b\">",
        "Options -Indexes",
        "<Limit POST>",
        "Require ip 192.0.2.0/24",
        "</Limit>",
        "SSLRequireSSL",
        "</Directory>",
        "<FilesMatch \"\\.php$\">",
        "SetHandler \"proxy:unix:/run/php.sock|fcgi://localhost\"",
        "</FilesMatch>",
        "RewriteEngine On",
        "RewriteCond %{REQUEST_FILENAME} !-f",
        "RewriteRule ^ /index.php [L]",
        "ProxyPass /api http://127.0.0.1:3000/",
        "Redirect permanent /old /new",
    ];
    assert_eq!(copied(&lines), lines);
}

#[test]
fn names_tls_and_other_hosts_settings_are_not() {
    for line in [
        "ServerName a.test",
        "serveralias www.a.test",
        "SSLEngine off",
        "SSLCertificateFile /x.pem",
        "SSLProtocol all",
        "WSGIDaemonProcess a user=alice",
        "MDomain a.test",
        "MDCertificateFile /x",
    ] {
        assert!(!is_taken_over(line), "{line}");
    }
}

#[test]
fn redirects_to_itself_over_tls_are_left_out_and_others_stay() {
    for line in [
        "Redirect / https://a.test/",
        "Redirect permanent / https://www.a.test/",
        "Redirect 301 / HTTPS://a.test:443/",
        "RedirectPermanent / https://a.test",
        "Redirect permanent https://a.test/",
        "RedirectMatch 301 ^/(.*)$ https://a.test/$1",
        "RedirectMatch ^ https://a.test/",
        "RewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]",
        "RewriteRule ^/?(.*)$ \"https://%{SERVER_NAME}/$1\" [R,L]",
        "RewriteRule (.*) https://www.a.test$1",
        "RewriteRule ^ https://%{HTTP_HOST}:443%{REQUEST_URI} [R=301,L]",
    ] {
        assert!(!is_taken_over(line), "{line}");
    }
    for line in [
        "Redirect / https://b.test/",
        "Redirect /shop https://a.test/store",
        "Redirect 404 /secret",
        "Redirect gone /gone",
        "RedirectMatch ^/old$ https://a.test/new",
        "RewriteRule ^/old$ https://%{HTTP_HOST}/new [R]",
        "RewriteRule ^/(.*) http://127.0.0.1:3000/$1 [P]",
        "RewriteRule ^ https://www.b.test%{REQUEST_URI} [R]",
    ] {
        assert!(is_taken_over(line), "{line}");
    }
}

#[test]
fn the_conditions_of_a_rule_go_with_it() {
    let lines = [
        "RewriteEngine On",
        "RewriteCond %{HTTPS} off",
        "RewriteCond %{REQUEST_URI} !^/\\.well-known/",
        "RewriteRule ^ https://%{HTTP_HOST}%{REQUEST_URI} [R=301,L]",
        "RewriteCond %{HTTP_HOST} ^www\\.",
        "RewriteRule ^/x /y",
    ];
    assert_eq!(copied(&lines), [lines[0], lines[4], lines[5]]);
}

#[test]
fn the_way_of_challenges_is_left_out_wherever_it_stands() {
    let lines = [
        "Alias /.well-known/acme-challenge/ /srv/acme/",
        "ProxyPass \"/.well-known/acme-challenge/\" !",
        "RewriteRule ^/\\.well-known/acme-challenge/ - [L]",
        "<Location \"/.well-known/acme-challenge/\">",
        "Require all granted",
        "</Location>",
        "<Location />",
        "Redirect permanent https://a.test/",
        "Require valid-user",
        "</Location>",
    ];
    assert_eq!(copied(&lines), ["<Location />", "Require valid-user", "</Location>"]);
}

#[test]
fn a_back_end_is_told_that_it_was_asked_over_tls() {
    let lines = [
        "RequestHeader set X-Forwarded-Proto \"http\"",
        "RequestHeader set X-Forwarded-Port 80",
        "RequestHeader set X-Real x",
    ];
    assert_eq!(
        copied(&lines),
        ["RequestHeader set X-Forwarded-Proto \"https\"", "RequestHeader set X-Forwarded-Port \"443\"", lines[2]]
    );
}
