//! Many websites.

use crate::server::Server;
use anyhow::Result;
use std::fmt::Write;
use std::time::Instant;

const WEBSITES: usize = 2_000;

const SITE: &str = "
<Macro Site $name>
  <VirtualHost *:@HTTP>
    ServerName $name.test
    ServerAlias www.$name.test mail.$name.test
    DocumentRoot @DIR/alice
  </VirtualHost>
  <VirtualHost *:@HTTPS>
    ServerName $name.test
    ServerAlias www.$name.test mail.$name.test
    DocumentRoot @DIR/alice
    SSLEngine on
    SSLCertificateFile @DIR/c.pem
  </VirtualHost>
</Macro>
";

#[tokio::test]
async fn two_thousand_websites_are_discovered() -> Result<()> {
    let server = Server::new()?;
    server.write("c.pem", "x")?;
    let mut text = SITE.to_owned();
    for number in 0..WEBSITES {
        writeln!(text, "Use Site site{number}")?;
    }
    server.configure(&text)?;
    let started = Instant::now();
    let discovered = server.discover().await?;
    println!("{WEBSITES} websites, {} virtual hosts: {:?}", 2 * WEBSITES, started.elapsed());
    assert_eq!((discovered.website_count(), discovered.skipped.len()), (WEBSITES, 0));
    assert!(discovered.users[0].websites.iter().all(|website| website.aliases.len() == 2));
    Ok(())
}
