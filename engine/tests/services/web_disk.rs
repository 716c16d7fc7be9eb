//! The Web Disk: an Apache of its own with WebDAV, beside the one for the websites.

use crate::front::Ground;
use crate::world::apache_config;
use engine::config::{EngineConfig, WebDiskConfig};
use engine::model::RunState;
use rig::{Apache, Openssl, WEB_DISK_USER};

/// "disk:disk", as HTTP's basic authentication writes it.
const CREDENTIALS: &str = "ZGlzazpkaXNr";

#[tokio::test(flavor = "multi_thread")]
async fn it_presents_the_names_for_it_and_opens_nothing_that_was_closed() {
    assert_eq!(WEB_DISK_USER, "disk");
    let ground = Ground::new();
    let web = Apache::builder(ground.path("web")).start(&ground.binaries).await.expect("Apache");
    let disk = Apache::builder(ground.path("disk")).web_disk().start(&ground.binaries).await.expect("Web Disk");
    let change = |config: &mut EngineConfig| {
        config.apache = Some(apache_config(&web));
        config.services.web_disk = Some(WebDiskConfig { labels: vec!["webdisk".into()], apache: apache_config(&disk) });
    };
    let front = ground.engine(&["a.test", "b.test"], change).await;

    let run = front.run().await;

    assert_eq!((run.state, run.counts.served), (RunState::Succeeded, 2), "{:#?}", front.log(&run).await);
    for name in ["a.test", "b.test"] {
        let own = front.assert_served(web.https_address(), name).await;
        assert_eq!(front.assert_served(disk.https_address(), &format!("webdisk.{name}")).await, own);
    }
    let ask = async |method: &str, credentials: &str| {
        let request = format!(
            "{method} /index.html HTTP/1.1\r\nHost: webdisk.a.test\r\nDepth: 0\r\nAuthorization: Basic {credentials}\r\nConnection: close\r\n\r\n"
        );
        Openssl::tls(disk.https_address()).exchange("webdisk.a.test", "http/1.1", &request).await.unwrap()
    };
    assert!(ask("PROPFIND", "bm9ib2R5Og==").await.contains("HTTP/1.1 401 "), "nobody gets in");
    let files = ask("PROPFIND", CREDENTIALS).await;
    assert!(files.contains("HTTP/1.1 207 ") && files.contains("<D:href>/index.html</D:href>"), "{files}");
    let shown = front.assert_served(disk.https_address(), "webdisk.a.test").await;
    assert_ne!(Openssl::tls(disk.https_address()).shown(Some("www.a.test")).await.unwrap(), shown, "no name for files");

    assert_eq!(front.renew().await.counts.served, 2);
    assert_ne!(front.assert_served(disk.https_address(), "webdisk.a.test").await, shown);
}
