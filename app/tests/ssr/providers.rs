//! The Providers page: comparing, choosing, the terms, the account, what is left, each as plain HTML.

use crate::{NOON, html};
use app::notice::{Notice, Told};
use app::pages::ProvidersSheet;
use engine::model::{
    Budget, Delivery, DirectoryAbout, Gauge, Offered, Profile, ProviderCalls, ProviderDetail, ProviderHealth,
    ProviderOrigin, ProviderSummary, TermsState,
};
use leptos::prelude::*;

fn provider(id: &str, terms: TermsState) -> ProviderDetail {
    ProviderDetail {
        summary: ProviderSummary {
            id: id.into(),
            name: id.to_uppercase(),
            directory_url: format!("https://{id}.test/directory"),
            selected: false,
            fallback: None,
            health: ProviderHealth::Healthy,
            terms,
            account_url: None,
            last_error: None,
        },
        origin: ProviderOrigin::BuiltIn,
        validation: "HTTP-01, DNS-01".into(),
        names: Some(100),
        days: None,
        wildcards: Offered::No,
        redirects: Some(10),
        renewal_information: Offered::Yes,
        delivery: None,
        calls: ProviderCalls::default(),
        external_account_required: false,
        allow_private: false,
        contact: None,
        external_account: None,
        limits: vec!["new orders per account: 300/3h".into(), "new accounts: 10/3h".into()],
        budget: Budget::default(),
        about: Some((DirectoryAbout::default(), NOON)),
        profile: None,
        preferred_chain: None,
        terms_changed: false,
    }
}

/// Not asked for terms yet.
fn unasked(id: &str) -> ProviderDetail {
    ProviderDetail { about: None, ..provider(id, TermsState::NotAgreed) }
}

/// With terms that nobody agreed to.
fn with_terms(id: &str) -> ProviderDetail {
    let terms_of_service = Some(format!("https://{id}.test/terms"));
    let about = DirectoryAbout { terms_of_service, ..DirectoryAbout::default() };
    ProviderDetail { about: Some((about, NOON)), ..provider(id, TermsState::NotAgreed) }
}

/// The one that orders go to, with an account.
fn selected(id: &str) -> ProviderDetail {
    let agreed = TermsState::Agreed { by: "admin".into(), at: NOON, url: String::new() };
    let mut known = provider(id, agreed);
    known.summary.selected = true;
    known.summary.account_url = Some(format!("https://{id}.test/account/7"));
    known
}

fn page(providers: Vec<ProviderDetail>, show: &str) -> String {
    page_told(providers, show, Told::default())
}

fn page_told(providers: Vec<ProviderDetail>, show: &str, told: Told) -> String {
    html(|| view! { <ProvidersSheet providers=providers show=show.to_owned() told=told /> })
}

fn wrong(field: &str, message: &str) -> Told {
    Told { wrong: Some((field.into(), message.into())), tested: None }
}

fn has(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
}

/// The input of a name, from its `<` to its `>`.
fn input<'a>(page: &'a str, name: &str) -> &'a str {
    let at = page.find(&format!(r#"name="{name}""#)).unwrap_or_else(|| panic!("{name} is missing in {page}"));
    let start = page[..at].rfind('<').unwrap_or(0);
    &page[start..at + page[at..].find('>').unwrap_or(0)]
}

#[test]
fn providers_are_compared_fact_by_fact_and_what_is_not_known_is_not_made_up() {
    let mut first = provider("first", TermsState::NotAgreed);
    first.delivery = Some(Delivery { median: 4, slowest: 90, certificates: 37 });
    let mut other = unasked("other");
    (other.names, other.redirects, other.wildcards, other.renewal_information) =
        (None, None, Offered::ByContract, Offered::ByContract);
    other.external_account_required = true;
    other.limits.clear();
    let page = page(vec![first, other], "first");
    let rows: Vec<&str> = page.split("<tr>").collect();
    let (first, other) = (rows[2], rows[3]);
    has(
        first,
        &[
            r##"href="/providers?show=first#provider" aria-current="true""##,
            r#"data-label="Names" class="">100<"#,
            r#"data-label="Wildcards" class="">no<"#,
            r#"data-label="Valid for" class="">by contract<"#,
            r#"data-label="Delivers here" class="">4 s median of 37<"#,
            r#"data-label="Customer account" class="">not needed<"#,
            r#"data-label="Limits" class="minor less">300/3h new orders per account and 1 more<"#,
            r#"data-label="Redirects" class="minor less">10<"#,
            r#"data-label="Profiles" class="minor less">none<"#,
            r#"data-label="Tells when to renew" class="minor less">yes<"#,
        ],
    );
    has(other, &["needed", "nothing yet", "as it asks", "not asked yet"]);
    assert_eq!(other.matches("by contract").count(), 5, "{other}");
    assert!(!other.contains("aria-current"), "{other}");
}

#[test]
fn on_a_phone_the_facts_that_matter_stay() {
    let page = page(vec![provider("first", TermsState::NotAgreed)], "first");
    for (label, minor) in [("Names", false), ("Wildcards", false), ("Customer account", false), ("Redirects", true)] {
        let at = page.find(&format!(r#"data-label="{label}""#)).unwrap();
        let cell = &page[at..at + page[at..].find('>').unwrap()];
        assert_eq!(cell.contains("minor"), minor, "{cell}");
    }
}

#[test]
fn to_have_no_provider_is_a_choice_among_them() {
    let on = page(vec![selected("first")], "_none");
    has(
        &on,
        &[
            r##"href="/providers?show=_none#provider" aria-current="true""##,
            "Nothing is ordered from FIRST or anybody else then",
            r#"method="post" action="/fn/disable_provider""#,
            "Disable AutoSSL",
        ],
    );
    let off = page(vec![unasked("first")], "_none");
    has(&off, &["AutoSSL is disabled", "Nothing is ordered"]);
    assert!(!off.contains("/fn/disable_provider\"><p>") && !off.contains("Disable AutoSSL"), "{off}");
}

#[test]
fn the_terms_and_the_box_stand_right_above_the_button_and_saving_says_what_it_does() {
    let page = page(vec![selected("first"), with_terms("other")], "other");
    let order = [
        r#"href="https://other.test/terms" rel="external noreferrer" target="_blank""#,
        r#"name="agree" value="yes""#,
        "sends new orders to OTHER instead of FIRST",
        "Save provider",
        "Tick the box: without your agreement nothing is registered.",
    ];
    let places: Vec<usize> =
        order.iter().map(|part| page.find(part).unwrap_or_else(|| panic!("{part}: {page}"))).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(input(&page, "agree").contains("required"), "the browser does not send it without");
    has(&page, &[r#"name="terms" value="https://other.test/terms""#, r#"aria-describedby="save-why""#]);
    assert!(!page.contains(r#"name="key_id""#), "a customer account is not asked for where none is needed");
}

#[test]
fn nobody_agrees_to_terms_that_were_not_shown() {
    let page = page(vec![unasked("other")], "other");
    assert!(!page.contains(r#"name="agree""#), "{page}");
    has(&page, &["They stand here before anything is agreed to", "Save provider"]);
}

#[test]
fn who_agreed_is_shown_and_changed_terms_are_asked_for_again() {
    let known = selected("ca");
    let agreed = page(vec![known.clone()], "");
    has(&agreed, &["Agreed to by admin", "There is nothing to save."]);
    assert!(!agreed.contains(r#"name="agree""#) && !agreed.contains("Save provider"), "{agreed}");
    let about = with_terms("ca").about;
    let changed = page(vec![ProviderDetail { terms_changed: true, about, ..known }], "");
    has(&changed, &["The terms changed", r#"name="agree""#, "Save provider"]);
}

#[test]
fn what_is_wrong_stands_at_its_field() {
    let refused = "Provider OTHER asks you to agree to its terms of service.";
    let page = page_told(vec![with_terms("other")], "other", wrong("agree", refused));
    has(&page, &[r#"<p id="wrong-agree" class="mistake">"#, refused]);
    let box_ = input(&page, "agree");
    has(box_, &[r#"aria-invalid="true""#, r#"aria-describedby="wrong-agree""#, "autofocus"]);

    let customers = ProviderDetail { external_account_required: true, ..with_terms("other") };
    let not_base64 = "The external account’s MAC key is not base64url.";
    let page = page_told(vec![customers], "other", wrong("mac_key", not_base64));
    has(&page, &[r#"id="wrong-mac_key""#, not_base64]);
    has(
        input(&page, "mac_key"),
        &[r#"aria-invalid="true""#, "required", r#"pattern="[A-Za-z0-9"#, r#"type="password""#],
    );
    assert!(!input(&page, "key_id").contains("aria-invalid"), "only the field that is wrong is marked");
}

#[test]
fn a_customer_account_that_is_set_can_be_left_replaced_or_forgotten() {
    let mut known = selected("ca");
    (known.external_account, known.external_account_required) = (Some("kid-1".into()), true);
    let page = page(vec![known], "ca");
    has(
        &page,
        &["Key identifier kid-1 is set", r#"form="unbind" name="action" value="unbind""#, r#"<form id="unbind""#],
    );
    assert!(!input(&page, "key_id").contains("required") && !input(&page, "mac_key").contains("required"), "{page}");
    has(&page, &["bound to kid-1"]);
}

#[test]
fn a_test_of_the_connection_is_answered_where_it_was_made() {
    let answered = Notice::Done("The provider answered in 84 ms; its directory is read.".into());
    let told = Told { wrong: None, tested: Some(answered) };
    let page_ok = page_told(vec![provider("ca", TermsState::NotAgreed)], "ca", told);
    let (_, part) = page_ok.split_once(r#"id="health""#).unwrap();
    let part = part.split_once("</form>").unwrap().0;
    has(part, &["answered in 84 ms", r#"role="status""#, "Test the connection", "nothing is registered or ordered"]);

    let mut ill = provider("ca", TermsState::NotAgreed);
    ill.summary.last_error = Some("ca.test did not answer within 5 s".into());
    ill.calls = ProviderCalls {
        failure: Some(("ca.test did not answer within 5 s".into(), NOON)),
        succeeded_at: Some(NOON.plus(-60)),
    };
    let told = Told { wrong: None, tested: Some(Notice::Failed("It failed.".into())) };
    let page = page_told(vec![ill], "ca", told);
    has(&page, &["The last call failed: Ca.test did not answer within 5 s.", "Last worked ", "Last failed "]);
    assert_eq!(page.matches("did not answer within 5 s").count(), 1, "it is said once: {page}");
}

#[test]
fn a_failure_that_is_over_stays_known_with_its_time() {
    let mut well = provider("ca", TermsState::NotAgreed);
    well.calls = ProviderCalls { failure: Some(("503".into(), NOON)), succeeded_at: Some(NOON.plus(600)) };
    let page = page(vec![well], "ca");
    has(&page, &["Last failed ", "2026-11-23 12:00", ": 503.", "Last worked "]);
    assert!(!page.contains("The last call failed"), "{page}");
}

#[test]
fn what_is_left_is_a_bar_with_its_words_and_times() {
    let gauge = |subject: &str, left, next_at| Gauge {
        limit: "registered_domain".into(),
        words: "certificates per registered domain".into(),
        subject: subject.into(),
        left,
        capacity: 50,
        seconds: 604_800,
        next_at,
        full_at: next_at.map(|_| NOON.plus(86_400)),
    };
    let mut known = selected("ca");
    known.budget = Budget {
        gauges: vec![gauge("alice.test", 0, Some(NOON.plus(3_600))), gauge("", 50, None)],
        forecast: "10,000 new names take 4.2 days: new orders per account".into(),
    };
    let page = page(vec![known], "ca");
    has(
        &page,
        &[
            r#"role="img" aria-label="certificates per registered domain, 50 in 7 days: 0 of 50 left""#,
            "alice.test",
            "one more ",
            "2026-11-23 13:00",
            "all again ",
            r#"<rect width="1000" height="10" class="whole""#,
            r#"<rect width="0" height="10" class="none""#,
            "10,000 new names take 4.2 days: new orders per account.",
        ],
    );
    assert_eq!(page.matches("one more ").count(), 1, "a full one waits for nothing: {page}");
}

#[test]
fn each_thing_that_can_be_done_with_the_account_says_what_will_happen() {
    let page = page(vec![selected("ca")], "ca");
    has(
        &page,
        &[
            "https://ca.test/account/7",
            r#"name="action" value="change_key""#,
            "A new key signs for the same account",
            r#"name="action" value="recreate""#,
            "its open orders are lost",
            "<summary>Close the account</summary>",
            "AutoSSL is disabled until a provider is selected again",
            r#"name="action" value="deactivate""#,
        ],
    );
    assert!(input(&page, "confirm").contains("required"));
    let told = wrong("confirm", "Tick the box: the account is closed for good.");
    let refused = page_told(vec![selected("ca")], "ca", told);
    has(&refused, &["<details open", r#"id="wrong-confirm""#]);
}

#[test]
fn a_profile_that_is_not_offered_is_told_at_its_list() {
    let mut known = with_terms("ca");
    if let Some((about, _)) = &mut known.about {
        about.profiles = vec![Profile { name: "shortlived".into(), description: "six days".into() }];
    }
    let page = page_told(vec![known], "ca", wrong("profile", "CA offers no profile \"x\"."));
    has(&page, &["shortlived: six days", r#"id="wrong-profile""#, r#"aria-describedby="wrong-profile""#]);
}

#[test]
fn an_own_authority_can_be_changed_and_those_that_came_with_autossl_cannot() {
    let mut own = provider("ours", TermsState::NotAgreed);
    (own.origin, own.allow_private) = (ProviderOrigin::Added, true);
    let shown = page(vec![own.clone()], "ours");
    has(&shown, &[r#"action="/fn/change_provider""#, r#"action="/fn/remove_provider""#, "Change this authority"]);
    has(input(&shown, "new_url"), &[r#"value="https://ours.test/directory""#, "required"]);
    assert!(input(&shown, "allow_private").contains("checked"), "{shown}");
    let refused = page_told(vec![own], "ours", wrong("new_url", "10.0.0.1 is refused."));
    has(&refused, &["<details open", r#"id="wrong-new_url""#]);
    let built_in = page(vec![provider("first", TermsState::NotAgreed)], "first");
    assert!(!built_in.contains("/fn/change_provider") && !built_in.contains("/fn/remove_provider"), "{built_in}");
    has(&built_in, &[r#"action="/fn/add_provider""#]);
}

#[test]
fn words_from_outside_are_text_and_never_markup() {
    let mut bad = with_terms("ca");
    bad.summary.name = "<b>".into();
    bad.calls.failure = Some(("<script>alert(1)</script>".into(), NOON));
    let told = wrong("agree", "<script>alert(2)</script>");
    let page = page_told(vec![bad], "ca", told);
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
}

#[test]
fn forms_that_are_typed_into_are_guarded() {
    let page = page(vec![selected("ca"), with_terms("other")], "other");
    for action in ["/fn/select_provider", "/fn/provider_choices", "/fn/add_provider"] {
        let at = page.find(&format!(r#"action="{action}""#)).unwrap();
        let form = &page[at..at + page[at..].find('>').unwrap()];
        assert!(form.contains("data-guard"), "{form}");
    }
}

#[test]
fn the_order_of_providers_shows_health_and_is_changed_without_javascript() {
    let mut first = provider("first", TermsState::NotAgreed);
    first.summary.selected = true;
    first.summary.health = ProviderHealth::Down { since: NOON, next_try: NOON.plus(600) };
    let mut second = provider("second", TermsState::NotAgreed);
    second.summary.fallback = Some(1);
    second.summary.health = ProviderHealth::Limited { until: NOON.plus(3_600) };
    let third = provider("third", TermsState::NotAgreed);
    let sheet = |show: &str| {
        let (providers, show) = (vec![third.clone(), second.clone(), first.clone()], show.to_owned());
        html(move || view! { <ProvidersSheet providers=providers show=show /> })
    };
    let page = sheet("third");
    let order = page.split("Who gets the orders").nth(1).unwrap().split("</section>").next().unwrap();
    let ranks: Vec<&str> = order.split("<li").skip(1).collect();
    assert_eq!(ranks.len(), 2, "only those that orders go to: {order}");
    assert!(ranks[0].contains("FIRST") && ranks[0].contains("Down since"), "{}", ranks[0]);
    assert!(ranks[1].contains("SECOND") && ranks[1].contains("Limited"), "{}", ranks[1]);
    assert!(!ranks[0].contains(r#"value="remove""#), "the first is disabled, not removed: {}", ranks[0]);
    for part in [
        r#"method="post" action="/fn/change_fallback""#,
        r#"name="id" value="second""#,
        r#"name="action" value="earlier""#,
        r#"name="action" value="remove""#,
        r#"aria-label="Remove: SECOND""#,
    ] {
        assert!(ranks[1].contains(part), "{part} is missing in {}", ranks[1]);
    }
    let adds = r#"formaction="/fn/add_fallback""#;
    assert!(page.contains(adds) && !sheet("second").contains(adds), "what is in the list is not added");
    let alone = html(move || view! { <ProvidersSheet providers=vec![first] show=String::new() /> });
    assert!(alone.contains("Nobody takes over") && !alone.contains("change_fallback"), "{alone}");
}
