//! What is written for a website, and what is left of it when names move.

use super::*;
use crate::install::Item;
use crate::inventory::apache::{Node, Port, Speech};

fn rendered(names: &[&str], document_root: &str, pem: &str) -> Result<String, String> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let item = Item {
        website: "alice.test".into(),
        names: names.clone(),
        document_root: document_root.into(),
        fingerprint: String::new(),
        generation: 1,
    };
    render(Placed { item: &item, names: &names }, "*:443", Path::new(pem), None).map(Option::unwrap)
}

fn written(address: &str) -> String {
    let names = vec![address.to_owned()];
    let item = Item {
        website: address.into(),
        names: names.clone(),
        document_root: "/srv".into(),
        fingerprint: String::new(),
        generation: 1,
    };
    render(Placed { item: &item, names: &names }, "*:443", Path::new("/x.pem"), None).unwrap().unwrap()
}

const BOTH: [&str; 2] = ["alice.test", "www.alice.test"];

#[test]
fn a_website_gets_one_virtual_host_with_its_aliases_and_one_pem() {
    let text = rendered(&BOTH, "/home/alice/public_html", "/store/alice.test/current/combined.pem").unwrap();
    assert!(text.contains("<VirtualHost *:443>\n  ServerName alice.test\n  ServerAlias www.alice.test\n"), "{text}");
    assert!(text.contains("SSLCertificateFile \"/store/alice.test/current/combined.pem\""), "{text}");
}

#[test]
fn names_that_another_website_has_are_taken_out() {
    let text = rendered(&BOTH, "/srv", "/data/x.pem").unwrap();
    assert_eq!(without(&text, &HashSet::from(["other.test"])), Rest::Whole);
    assert_eq!(without(&text, &HashSet::from(["alice.test", "other.test"])), Rest::Nothing);
    let alone = rendered(&["alice.test"], "/srv", "/data/x.pem").unwrap();
    assert_eq!(without(&text, &HashSet::from(["www.alice.test"])), Rest::Text(alone));
}

#[test]
fn a_document_root_cannot_smuggle_directives() {
    for root in ["/x\"\nLoadModule evil", "/home/${PWD}", "relative", "/a\\b"] {
        assert!(rendered(&BOTH, root, "/data/x.pem").is_err(), "{root:?}");
    }
}

#[test]
fn an_address_comes_before_all_names_and_apache_can_read_it() {
    assert!(file_name("192.0.2.7") < file_name("0.test") && file_name("2001:db8::1") < file_name("-.test"));
    let text = written("192.0.2.7");
    assert!(text.contains("  ServerName 192.0.2.7\n  DocumentRoot"), "{text}");
    let text = written("2001:db8::1");
    assert!(text.contains("  ServerName 2001-db8--1.ip6.invalid\n  ServerAlias 2001:db8::1\n"), "{text}");
    assert_eq!(without(&text, &HashSet::from(["2001:db8::1"])), Rest::Nothing);
}

fn host(names: &[&str], speech: Speech, body: &[(&str, &str)]) -> Host {
    let node = |(name, arguments): &(&str, &str)| Node {
        name: (*name).to_owned(),
        arguments: (*arguments).to_owned(),
        children: None,
    };
    Host {
        file: "/etc/a.conf".into(),
        line: 1,
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        addresses: Vec::new(),
        ports: vec![Port::Any],
        speech,
        is_ours: false,
        body: body.iter().map(node).collect(),
    }
}

fn rendered_after(names: &[&str], hosts: Vec<Host>) -> Option<String> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let item = Item {
        website: names[0].clone(),
        names: names.clone(),
        document_root: "/srv".into(),
        fingerprint: String::new(),
        generation: 1,
    };
    let placed = Placed { item: &item, names: &names };
    render(placed, "*:443", Path::new("/x.pem"), Some(&Hosts::new(hosts, Some(443)))).unwrap()
}

#[test]
fn names_that_different_hosts_answer_for_get_a_host_each() {
    let hosts = vec![
        host(&["a.test", "m.a.test"], Speech::Plain, &[("ServerName", "a.test"), ("DocumentRoot", "/a")]),
        host(&["www.a.test"], Speech::Plain, &[("Redirect", "/ https://a.test/")]),
    ];
    let text = rendered_after(&["a.test", "www.a.test", "m.a.test", "new.a.test"], hosts).unwrap();
    assert_eq!(
        text,
        "# Written by AutoSSL for a.test. Changes made here are lost at the next certificate.\n\
         <VirtualHost *:443>\n  ServerName a.test\n  ServerAlias m.a.test new.a.test\n  SSLEngine on\n  \
         SSLCertificateFile \"/x.pem\"\n  # As in /etc/a.conf:\n  DocumentRoot /a\n</VirtualHost>\n\
         <VirtualHost *:443>\n  ServerName www.a.test\n  SSLEngine on\n  SSLCertificateFile \"/x.pem\"\n  \
         # As in /etc/a.conf:\n  Redirect / https://a.test/\n</VirtualHost>\n"
    );
    let moved = |names: &[&str]| without(&text, &names.iter().copied().collect());
    let Rest::Text(left) = moved(&["www.a.test", "m.a.test"]) else { panic!("one host is left") };
    assert_eq!(left.matches("<VirtualHost").count(), 1, "{left}");
    assert!(left.contains("  ServerAlias new.a.test\n"), "{left}");
    assert_eq!(moved(&["a.test"]), Rest::Nothing);
    assert_eq!(moved(&["b.test"]), Rest::Whole);
}

#[test]
fn names_with_a_tls_host_of_the_administrators_get_none() {
    let own = |names: &[&str]| host(names, Speech::Tls(None), &[]);
    assert_eq!(rendered_after(&["a.test", "www.a.test"], vec![own(&["www.a.test", "a.test"])]), None);
    let text = rendered_after(&["a.test", "www.a.test"], vec![own(&["a.test"])]).unwrap();
    assert!(text.contains("  ServerName www.a.test\n  DocumentRoot \"/srv\"\n"), "{text}");
    assert!(!text.contains("ServerName a.test"), "{text}");
}
