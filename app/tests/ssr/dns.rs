//! DNS zones and persistent records, as the server sends them.

use super::{NOON, html};
use app::api::{DnsSheet, PersistForm, Ticked};
use app::error::UiError;
use app::pages::{DnsZonesSheet, PersistPart};
use engine::model::{
    DnsKind, DnsZoneNote, DnsZoneOrigin, DnsZoneRow, DnsZoneSettings, DnsZoneState, PersistFinding, PersistOffer,
    PersistSheet,
};
use leptos::prelude::*;

fn dns_zone(zone: &str, kind: DnsKind, origin: DnsZoneOrigin) -> DnsZoneRow {
    let mut settings = DnsZoneSettings::new(zone.into(), kind);
    match kind {
        DnsKind::Rfc2136 => {
            settings.server = "192.0.2.53".into();
            settings.key_name = "autossl".into();
            settings.algorithm = "hmac-sha512".into();
        }
        DnsKind::Provider => settings.provider = "gandi".into(),
        DnsKind::Command => settings.command = vec!["/bin/hook".into(), "--account web".into()],
    }
    let failed = DnsZoneNote { at: NOON, failure: Some("dns01_publish_failed: BADSIG".into()) };
    DnsZoneRow { settings, origin, state: DnsZoneState::InUse, tested: Some(failed), used: None }
}

fn dns_page(zones: Vec<DnsZoneRow>, commands: Ticked, show: &str) -> String {
    let sheet = DnsSheet { zones, providers: vec!["desec".into(), "gandi".into()], commands };
    html(|| view! { <DnsZonesSheet sheet=sheet show=show.into() /> })
}

fn added() -> DnsZoneOrigin {
    DnsZoneOrigin::Added { by: "ann".into(), at: NOON }
}

#[test]
fn dns_zones_are_listed_and_one_is_changed_by_a_plain_form_whose_secret_is_never_filled_in() {
    let zones = vec![
        dns_zone("a.test", DnsKind::Rfc2136, DnsZoneOrigin::Configuration),
        dns_zone("b.test", DnsKind::Rfc2136, added()),
    ];
    let page = dns_page(zones.clone(), Ticked::No, "b.test");
    for part in [
        r#"href="/dns?zone=a.test""#,
        "configuration file",
        "Failed",
        "dns01_publish_failed: BADSIG",
        "autossl, hmac-sha512; the secret is set",
        r#"method="post" action="/fn/save_dns_zone""#,
        r#"name="verb" value="change""#,
        r#"name="form[zone]" value="b.test""#,
        r#"name="form[server]" value="192.0.2.53""#,
        r#"name="form[untested]" value="yes""#,
        r#"<textarea class="input" name="form[secret]" rows="4" autocomplete="off" spellcheck="false"></textarea>"#,
        "empty keeps the one that is set",
        r#"method="post" action="/fn/dns_zone_action""#,
        r#"name="action" value="remove""#,
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    assert!(page.contains("dns_commands_from_interface") && !page.contains("form[command]"), "{page}");
    let (_, remove) = page.split_once("<summary>Remove…").unwrap();
    assert!(remove.contains("Remove the zone"), "only the inner fold removes: {page}");

    let page = dns_page(zones, Ticked::Yes, "a.test");
    assert!(page.contains("change it there") && !page.contains(r#"value="change""#), "{page}");
    assert!(!page.contains(r#"value="remove""#) && page.contains("form[command]"), "{page}");
}

#[test]
fn a_zone_that_does_not_count_says_why_and_the_forms_fit_its_kind() {
    let mut overruled = dns_zone("a.test", DnsKind::Provider, added());
    overruled.state = DnsZoneState::Overruled;
    let page = dns_page(vec![overruled], Ticked::No, "a.test");
    assert!(page.contains("The configuration file has this zone, too, and counts."), "{page}");
    assert!(!page.contains(r#"value="change""#) && page.contains(r#"value="remove""#), "{page}");

    let page = dns_page(vec![dns_zone("b.test", DnsKind::Provider, added())], Ticked::No, "b.test");
    assert!(page.contains(r#"<option value="gandi" selected>gandi</option>"#), "{page}");
    assert!(page.contains(r#"name="form[secret]" type="password" autocomplete="off""#), "{page}");
    let mut unusable = dns_zone("c.test", DnsKind::Command, added());
    unusable.state = DnsZoneState::Unusable("the command is empty".into());
    let page = dns_page(vec![unusable], Ticked::No, "c.test");
    assert!(page.contains("The command is empty.") && page.contains("/bin/hook\n--account web</textarea>"), "{page}");
    assert!(dns_page(Vec::new(), Ticked::No, "").contains("There is no zone yet."));
}

#[test]
fn a_record_that_stays_is_asked_for_shown_and_published_without_javascript() {
    let form = PersistForm { domain: "a.test".into(), wildcard: Ticked::Yes, until: "2027-03-31".into() };
    let part = html(|| view! { <PersistPart form=form.clone() found=Ok(None) /> });
    for part_of in [
        r#"method="get" action="/dns""#,
        r#"name="record" value="a.test""#,
        r#"type="date" name="until" value="2027-03-31""#,
        r#"name="wildcard" value="yes" checked"#,
    ] {
        assert!(part.contains(part_of), "{part_of} is missing in {part}");
    }
    let sheet = PersistSheet {
        domain: "a.test".into(),
        provider: "Our CA".into(),
        offer: PersistOffer::Offered,
        record: "_validation-persist.a.test".into(),
        value: "ca.test; accounturi=https://ca.test/1".into(),
        line: "_validation-persist.a.test. IN TXT \"ca.test; accounturi=https://ca.test/1\"".into(),
        works: false,
        findings: vec![PersistFinding {
            code: "persist_missing".into(),
            cause: "The record is not there.".into(),
            evidence: "_validation-persist.a.test".into(),
            remedy: "Create it.".into(),
        }],
        published: true,
    };
    let answer = html(|| view! { <PersistPart form=form.clone() found=Ok(Some(sheet)) /> });
    for part in [
        "Does not work yet",
        "validates by such a record.",
        "<code class=\"wrap\">ca.test; accounturi=https://ca.test/1</code>",
        "persist_missing",
        r#"method="post" action="/fn/persist_action""#,
        r#"name="form[wildcard]" value="yes""#,
        r#"name="action" value="publish""#,
        r#"name="action" value="withdraw""#,
    ] {
        assert!(answer.contains(part), "{part} is missing in {answer}");
    }
    let refused = html(|| view! { <PersistPart form=form found=Err(UiError::Invalid("no such domain".into())) /> });
    assert!(refused.contains(r#"role="alert""#) && refused.contains("No such domain."), "{refused}");
}
