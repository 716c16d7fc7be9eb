//! What Apache makes of includes, macros, defines and conditions.

use crate::server::{Server, lines, skipped};
use anyhow::Result;
use engine::inventory::apache::Port;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

const CONFIG: &str = r#"
Define HOMES @DIR
<Macro Site $name $home>
  <VirtualHost 127.0.0.1:@HTTP>
    ServerName $name
    ServerAlias www.$name *.wild.$name
    DocumentRoot ${HOMES}/$home
  </VirtualHost>
  <VirtualHost 127.0.0.1:@HTTPS>
    ServerName $name
    ServerAlias "www.$name"
    DocumentRoot "${HOMES}/$home/"
    SSLEngine on
    SSLCertificateFile certs/$name.pem
    <Directory />
    </Directory>
    ServerAlias mail.$name
  </VirtualHost>
</Macro>
<Macro Both $one $other>
  Use Site $one alice
  Use Site $other bob
</Macro>
Use Both one.test two.test
<IfModule nosuch_module>
  Use Site nosuch.test alice
</IfModule>
<IfModule ssl_module>
  <IfDefine !HOMES>
    Use Site undefined.test alice
  </IfDefine>
  <VirtualHost *:*>
    servername HTTP://Any.Test.:8080
    <IfDefine HOMES>
      documentroot bob
    </IfDefine>
  </VirtualHost>
</IfModule>
Define NAME first
Include @DIR/again.inc
Define NAME second
Include @DIR/again.inc
Include conf/*.conf
IncludeOptional nowhere/*.conf
Include folder/
UnDefine HOMES
"#;

#[tokio::test]
async fn includes_globs_macros_defines_and_conditions_are_as_apache_resolves_them() -> Result<()> {
    let server = Server::new()?;
    for name in ["one.test", "two.test"] {
        server.write(&format!("certs/{name}.pem"), "only its presence is checked by -t\n")?;
    }
    server.write("again.inc", "<VirtualHost 127.0.0.1:@HTTP>\nServerName ${NAME}.again.test\n</VirtualHost>\n")?;
    server.write(
        "conf/a.conf",
        "<VirtualHost 127.0.0.1:@HTTP>\nInclude @DIR/body.inc\nServerAlias last.glob.test\n</VirtualHost>\n",
    )?;
    server
        .write("body.inc", "ServerName glob.test\nDocumentRoot @DIR/alice\nServerAlias \\\n  continued.glob.test\n")?;
    server.write("conf/b.conf.off", "<VirtualHost *:1>\nServerName off.test\n</VirtualHost>\n")?;
    server.write("folder/deep/c", "<VirtualHost 127.0.0.1:@HTTP>\nServerName deep.test\n</VirtualHost>\n")?;
    server.configure(CONFIG)?;
    let discovered = server.discover().await?;
    assert_eq!(
        lines(&server, &discovered),
        [
            "any.test bob",
            "deep.test main",
            "first.again.test main",
            "glob.test continued.glob.test last.glob.test alice",
            "one.test *.wild.one.test mail.one.test www.one.test alice certs/one.test.pem",
            "second.again.test main",
            "two.test *.wild.two.test mail.two.test www.two.test bob certs/two.test.pem",
        ]
    );
    assert!(discovered.skipped.is_empty(), "{:?}", skipped(&server, &discovered));
    let [user] = &discovered.users[..] else { panic!("{discovered:?}") };
    assert_eq!(user.name, whoami()?);
    assert_eq!((&user.websites[0].http_ports[..], &user.websites[0].https_ports[..]), (&[Port::Any][..], &[][..]));
    let one = &user.websites[4];
    assert_eq!(one.http_ports, [Port::Number(server.http)]);
    assert_eq!(one.https_ports, [Port::Number(server.https)]);
    assert_eq!(server.discover().await?, discovered, "the same again");
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_a_website_is_skipped_with_its_place() -> Result<()> {
    let server = Server::new()?;
    server.configure(
        "<VirtualHost _default_:@HTTP>\n</VirtualHost>\n\
         <VirtualHost *:@HTTP>\nServerName localhost\nServerAlias 127.0.0.1 bad_name.test\n</VirtualHost>\n\
         <VirtualHost nosuch.invalid:@HTTP>\nServerName ignored.test\n</VirtualHost>\n\
         <VirtualHost *:@HTTP>\nServerName good.test\n</VirtualHost>\n\
         <VirtualHost *:@HTTP>\nServerName good.test\nServerAlias more.good.test\n</VirtualHost>\n",
    )?;
    let discovered = server.discover().await?;
    assert_eq!(lines(&server, &discovered), ["good.test more.good.test main"]);
    let first =
        fs::read_to_string(server.path("httpd.conf"))?.lines().take_while(|line| !line.contains("_default_")).count()
            + 1;
    let line = |number: usize| first + number;
    assert_eq!(
        skipped(&server, &discovered),
        [
            format!("*:{} (httpd.conf:{first}): it has no ServerName", server.http),
            format!("localhost (httpd.conf:{}): domain \"localhost\": it needs at least two labels", line(2)),
            format!("localhost (httpd.conf:{}): domain \"127.0.0.1\": it is an IP address", line(2)),
            format!(
                "localhost (httpd.conf:{}): domain \"bad_name.test\": label \"bad_name\" has a character that is not allowed: '_'",
                line(2)
            ),
            format!("ignored.test (httpd.conf:{}): apache serves it at no address", line(6)),
            format!(
                "good.test (httpd.conf:{}): good.test belongs to the virtual host at httpd.conf:{} already",
                line(12),
                line(9)
            ),
        ]
    );
    Ok(())
}

#[tokio::test]
async fn virtual_hosts_that_autossl_wrote_are_no_websites_of_their_own() -> Result<()> {
    let server = Server::new()?;
    let tls = "SSLEngine on\nSSLCertificateFile @DIR/own.pem\n</VirtualHost>\n";
    server.write("own.pem", "x")?;
    server.write(
        "autossl/kept.conf",
        &format!("<VirtualHost *:@HTTPS>\nServerName kept.test\nServerAlias old.test\n{tls}"),
    )?;
    server.write("autossl/gone.conf", &format!("<VirtualHost *:@HTTPS>\nServerName gone.test\n{tls}"))?;
    server.configure(
        "<VirtualHost *:@HTTP>\nServerName kept.test\n</VirtualHost>\nIncludeOptional @DIR/autossl/*.conf\n",
    )?;
    let config =
        engine::inventory::apache::DiscoveryConfig { own_vhost_dir: Some(server.path("autossl")), ..server.config() };
    let discovered = engine::inventory::apache::discover(&config).await?;
    assert_eq!(
        lines(&server, &discovered),
        ["kept.test main"],
        "our own certificate is not one of the administrator's"
    );
    assert_eq!(
        skipped(&server, &discovered),
        ["gone.test (autossl/gone.conf:1): only AutoSSL's own virtual host is left of it"]
    );
    Ok(())
}

#[tokio::test]
async fn mod_info_may_be_loaded_already() -> Result<()> {
    let server = Server::new()?;
    server.configure(
        "LoadModule info_module /usr/lib/apache2/modules/mod_info.so\n\
         <IfModule info_module>\n<VirtualHost *:@HTTP>\nServerName info.test\n</VirtualHost>\n</IfModule>\n",
    )?;
    assert_eq!(lines(&server, &server.discover().await?), ["info.test main"]);
    server.configure(
        "<IfModule info_module>\n<VirtualHost *:@HTTP>\nServerName info.test\n</VirtualHost>\n</IfModule>\n\
         <VirtualHost *:@HTTP>\nServerName other.test\n</VirtualHost>\n",
    )?;
    let discovered = server.discover().await?;
    assert_eq!(lines(&server, &discovered), ["other.test main"]);
    assert!(discovered.skipped.is_empty(), "our loading changes no condition: {:?}", discovered.skipped);
    Ok(())
}

#[tokio::test]
async fn the_owner_is_whom_a_directive_names_or_who_owns_the_document_root() -> Result<()> {
    let mut server = Server::new()?;
    if fs::metadata(server.path("bob"))?.uid() != 0 {
        println!("skipped: only root can give a directory to somebody else");
        return Ok(());
    }
    std::os::unix::fs::chown(server.path("bob"), Some(33), None)?;
    let mut named = "";
    let itk = ["/usr/lib/apache2/modules/mpm_itk.so".to_owned(), std::env::var("AUTOSSL_MPM_ITK").unwrap_or_default()];
    match itk.iter().find(|path| fs::exists(path).unwrap_or_default()) {
        Some(itk) => {
            let prefork = "LoadModule mpm_prefork_module /usr/lib/apache2/modules/mod_mpm_prefork.so";
            server.mpm = format!("{prefork}\nLoadModule mpm_itk_module {itk}");
            named = "AssignUserID nobody nogroup";
        }
        None => println!("mpm-itk is not installed: AssignUserID is not tried"),
    }
    server.configure(&format!(
        "<VirtualHost *:@HTTP>\nServerName bob.test\nDocumentRoot @DIR/bob\n</VirtualHost>\n\
         <VirtualHost *:@HTTP>\nServerName named.test\nDocumentRoot @DIR/bob\n{named}\n</VirtualHost>\n"
    ))?;
    let discovered = server.discover().await?;
    let users: Vec<&str> = discovered.users.iter().map(|user| user.name.as_str()).collect();
    assert_eq!(users, if named.is_empty() { vec!["www-data"] } else { vec!["nobody", "www-data"] });
    let config = engine::inventory::apache::DiscoveryConfig {
        first_user_id: 1_000,
        fallback_user: Some("webmaster".into()),
        ..server.config()
    };
    let discovered = engine::inventory::apache::discover(&config).await?;
    assert!(discovered.users.iter().any(|user| user.name == "webmaster"), "{discovered:?}");
    Ok(())
}

fn whoami() -> Result<String> {
    Ok(String::from_utf8(Command::new("id").arg("-un").output()?.stdout)?.trim().to_owned())
}
