//! What the server sends, component by component: the HTML that browsers without JavaScript live on.

#[path = "ssr/dns.rs"]
mod dns;
#[path = "ssr/providers.rs"]
mod providers;

use app::acts::Acts;
use app::components::{
    AddUser, AddWebsite, ErrorState, KeyTypeForm, LogTree, OptionsForm, OverrideMenu, Pager, SelectionBar, Toasts,
    UsersTable, WebsiteCard, WebsiteEdits,
};
use app::error::UiError;
use app::log_tree::grow;
use app::pages::{LoginCard, LoginTrouble, OverviewSheet};
use app::selection::Selection;
use engine::model::{
    CheckResult, Coverage, CoverageCounts, Direction, DomainRow, DomainState, FeatureSetting, InventorySource, KeyType,
    LogPage, LogRecord, LogType, OPTIONS, OptionRow, OthersCertificate, Override, Overview, Page, Problem,
    ProblemGroup, ProviderHealth, ProviderSummary, RunCounts, RunId, RunScope, RunState, RunSummary, TermsState,
    Timestamp, UserQuery, UserRow, UserSort, WebsiteRow,
};
use leptos::prelude::*;
use leptos_router::components::Router;
use leptos_router::location::RequestUrl;

const NOON: Timestamp = Timestamp(1_795_435_200);

fn html<V: IntoView>(view: impl FnOnce() -> V) -> String {
    let owner = Owner::new_root(None);
    let text = owner.with(|| view().into_view().to_html());
    drop(owner);
    // Markers between pieces of text are for hydration only.
    text.replace("<!>", "")
}

fn acts() -> Acts {
    Acts::new(Toasts::new())
}

fn user(name: &str, feature: FeatureSetting, decision: Override) -> UserRow {
    UserRow {
        name: name.into(),
        owner: "root".into(),
        package: "default".into(),
        primary_domain: Some(format!("{name}.test")),
        suspended: false,
        feature,
        decision,
        names_secured: 2,
        names_total: 3,
        checked_at: Some(NOON),
        result: Some(CheckResult::Incomplete),
    }
}

fn run(state: RunState) -> RunSummary {
    RunSummary {
        id: RunId("2026-11-23T12:00:00Z".into()),
        scope: RunScope::AllUsers,
        provider: "Pebble".into(),
        requested_by: "admin".into(),
        state,
        started_at: NOON,
        ended_at: Some(NOON.plus(75)),
        counts: RunCounts { users: 2, websites: 2, websites_done: 2, issued: 1, failed: 1, ..RunCounts::default() },
        reason: None,
    }
}

fn overview() -> Overview {
    Overview {
        users: 2,
        websites: 2,
        coverage: CoverageCounts { secured: 4, unsecured: 0, failing: 1, off: 2 },
        expiring: 1,
        problems: vec![ProblemGroup {
            code: "dcv_dns".into(),
            names: 3,
            example: "mail.bob.test".into(),
            detail: "no A or AAAA record".into(),
            remedy: String::new(),
            user: "bob".into(),
        }],
        runs: vec![run(RunState::Incomplete)],
        provider: Some(ProviderSummary {
            id: "pebble".into(),
            name: "Pebble".into(),
            directory_url: "https://ca.test/dir".into(),
            selected: true,
            fallback: None,
            health: ProviderHealth::Healthy,
            terms: TermsState::NotAgreed,
            account_url: None,
            last_error: None,
        }),
    }
}

fn table(rows: Vec<UserRow>, query: UserQuery) -> String {
    html(|| view! { <UsersTable rows=rows query=query selection=RwSignal::new(Selection::default()) acts=acts() /> })
}

#[test]
fn feature_list_override_and_result_stand_apart() {
    let page = table(vec![user("bob", FeatureSetting::On, Override::Disabled)], UserQuery::default());
    let cells: Vec<&str> = page.split("<td").collect();
    assert!(cells[4].contains("data-label=\"Feature list\"") && cells[4].contains("On"), "{}", cells[4]);
    assert!(cells[5].contains("data-label=\"Override\"") && cells[5].contains("Disabled"), "{}", cells[5]);
    assert!(cells[6].contains("data-label=\"AutoSSL\"") && cells[6].contains("Off"), "{}", cells[6]);
}

#[test]
fn a_row_can_be_ticked_checked_and_overridden_without_javascript() {
    let page = table(vec![user("bob", FeatureSetting::On, Override::Inherited)], UserQuery::default());
    for part in [
        r#"type="checkbox" form="selection" name="users[]" value="bob""#,
        r#"method="post" action="/fn/check_user""#,
        r#"name="user" value="bob""#,
        r#"method="post" action="/fn/set_override""#,
        r#"name="to" value="enabled""#,
        r#"href="/users/bob""#,
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
}

#[test]
fn a_time_is_written_absolutely_so_that_hydration_agrees() {
    let page = table(vec![user("bob", FeatureSetting::On, Override::Inherited)], UserQuery::default());
    assert!(
        page.contains(r#"<time datetime="2026-11-23T12:00:00Z" title="2026-11-23 12:00 UTC">2026-11-23 12:00</time>"#)
    );
}

#[test]
fn the_sorted_column_says_which_way_and_turns_round() {
    let query = UserQuery { sort: UserSort::Coverage, direction: Direction::Ascending, ..UserQuery::default() };
    let page = table(Vec::new(), query);
    assert!(page.contains(r#"aria-sort="ascending"><a href="/users?sort=-coverage""#), "{page}");
    assert_eq!(page.matches("aria-sort").count(), 1);
}

#[test]
fn names_from_outside_are_text_and_never_markup() {
    let mut bad = user("<b>", FeatureSetting::On, Override::Inherited);
    bad.primary_domain = Some("\"><script>alert(1)</script>".into());
    let page = table(vec![bad], UserQuery::default());
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");
    assert!(page.contains(r#"href="/users/%3Cb%3E""#));
}

#[test]
fn an_override_can_be_set_for_all_that_match_without_javascript() {
    let rows = vec![user("bob", FeatureSetting::On, Override::Inherited)];
    let page = Page { rows, page: 1, per_page: 25, total: 5_080 };
    let query = UserQuery { search: "shop".into(), result: Some(CheckResult::Failed), ..UserQuery::default() };
    let bar = html(|| {
        let (selection, question) = (RwSignal::new(Selection::default()), RwSignal::new(None));
        view! { <SelectionBar page=page query=query selection=selection question=question acts=acts() /> }
    });
    for part in [
        r#"id="selection""#,
        r#"name="who" value="matching""#,
        r#"name="filter[search]" value="shop""#,
        r#"name="filter[result]" value="failed""#,
        "All 5,080 users that match instead of the ticked ones",
    ] {
        assert!(bar.contains(part), "{part} is missing in {bar}");
    }
    assert!(!bar.contains("filter[decision]"), "what is not filtered by is not sent");
    let buttons: Vec<&str> = bar.split("<button").filter(|button| button.contains(r#"type="submit""#)).collect();
    assert_eq!(buttons.len(), 3);
    assert!(buttons.iter().all(|button| !button.contains(" disabled")), "without JavaScript the buttons work: {bar}");
}

#[test]
fn the_menu_does_not_offer_what_is_already_so() {
    let menu = html(|| view! { <OverrideMenu name="bob".into() decision=Override::Enabled acts=acts() /> });
    let offered: Vec<&str> = menu.split("<button").skip(1).collect();
    assert_eq!(offered.len(), 3);
    assert!(offered[0].contains(r#"value="enabled""#) && offered[0].contains(" disabled"), "{menu}");
    assert!(!offered[1].contains(" disabled") && !offered[2].contains(" disabled"), "{menu}");
}

#[test]
fn pages_are_links() {
    let pager = html(|| {
        let href = |page| format!("/users?page={page}");
        view! { <Pager page=2 per_page=25 total=60 label="Pages" href=href /> }
    });
    assert!(pager.contains("26–50 of 60"), "{pager}");
    assert!(pager.contains(r#"href="/users?page=3" aria-label="Next page""#), "{pager}");
}

#[test]
fn an_error_shows_a_reference_and_a_way_out() {
    let state = html(|| {
        let error = UiError::Internal { reference: "0BADCAFE".into() };
        view! { <ErrorState what="The users" error=error /> }
    });
    assert!(state.contains("The users could not be loaded") && state.contains("0BADCAFE"), "{state}");
    assert!(state.contains("Try again"));
}

#[test]
fn a_session_that_ended_leads_back_to_the_same_page() {
    let state = html(|| {
        provide_context(RequestUrl::new("/users?q=bob"));
        view! {
            <Router>
                <ErrorState what="The users" error=UiError::SignedOut />
            </Router>
        }
    });
    assert!(state.contains(r#"href="/login?next=%2Fusers%3Fq%3Dbob""#), "{state}");
}

#[test]
fn the_overview_says_what_is_wrong_where_and_what_to_do() {
    let sheet = html(|| view! { <OverviewSheet overview=overview() /> });
    for part in [
        "1 name cannot be secured.",
        "4 names secured, 1 name failing, 0 names not secured yet, 2 names AutoSSL off",
        "The name does not resolve",
        "3 names",
        "mail.bob.test",
        r#"href="/users/bob""#,
        "or exclude the name",
        r#"href="/logs/2026-11-23T12:00:00Z""#,
    ] {
        assert!(sheet.contains(part), "{part} is missing in {sheet}");
    }
    assert!(!sheet.contains("Next steps"));
}

#[test]
fn an_empty_server_is_told_what_to_do_first() {
    let empty = Overview {
        users: 0,
        websites: 0,
        coverage: CoverageCounts::default(),
        problems: Vec::new(),
        runs: Vec::new(),
        provider: None,
        ..overview()
    };
    let sheet = html(|| view! { <OverviewSheet overview=empty /> });
    assert!(sheet.contains("autossl user import FILE") && sheet.contains("autossl provider select"), "{sheet}");
}

fn website(source: InventorySource) -> WebsiteRow {
    let problem =
        Problem { code: "dcv_connection".into(), detail: "connection refused".into(), remedy: String::new(), at: NOON };
    let name = |name: &str, display: &str, state, problem| DomainRow {
        name: name.into(),
        display: display.into(),
        state,
        problem,
    };
    WebsiteRow {
        domain: "xn--mnchen-3ya.test".into(),
        display: "münchen.test".into(),
        document_root: "/home/bob/public_html".into(),
        source,
        coverage: Coverage::Incomplete,
        domains: vec![
            name("xn--mnchen-3ya.test", "münchen.test", DomainState::Secured, None),
            name("mail.bob.test", "mail.bob.test", DomainState::Unsecured, Some(problem)),
        ],
        expires_at: Some(NOON.plus(86_400)),
        issuer: Some("Pebble Intermediate".into()),
        fingerprint: Some("ab".repeat(32)),
        served_at: None,
        others: None,
    }
}

#[test]
fn a_website_shows_each_name_and_what_is_wrong_with_it() {
    let website = website(InventorySource::Database);
    let card = html(|| view! { <WebsiteCard website=website /> });
    for part in [
        "münchen.test",
        r#"title="xn--mnchen-3ya.test""#,
        "The provider cannot reach the name over HTTP",
        "Connection refused.",
        "dcv_connection",
        "Pebble Intermediate",
    ] {
        assert!(card.contains(part), "{part} is missing in {card}");
    }
}

#[test]
fn a_website_is_changed_and_removed_in_two_steps_without_javascript() {
    let website = website(InventorySource::Database);
    let edits = html(|| view! { <WebsiteEdits website=website acts=acts() /> });
    for part in [
        r#"method="post" action="/fn/change_inventory" aria-label="Add name: xn--mnchen-3ya.test""#,
        r#"type="hidden" name="change[website]" value="xn--mnchen-3ya.test""#,
        r#"name="change[verb]" value="add_alias""#,
        r#"<option value="mail.bob.test">mail.bob.test</option>"#,
        "<summary>Remove website…</summary>",
        "AutoSSL forgets <bdi>münchen.test</bdi> and its other name and renews",
    ] {
        assert!(edits.contains(part), "{part} is missing in {edits}");
    }
    let (_, confirmation) = edits.split_once("<summary>Remove website…").unwrap();
    assert!(confirmation.contains(r#"value="remove_website""#), "only the inner fold removes: {edits}");
    assert_eq!(edits.matches(r#"value="remove_website""#).count(), 1);
}

#[test]
fn a_website_of_apache_says_where_it_is_changed() {
    let website = website(InventorySource::Apache);
    let edits = html(|| view! { <WebsiteEdits website=website acts=acts() /> });
    assert!(edits.contains("come from Apache’s configuration") && !edits.contains("<form"), "{edits}");
}

#[test]
fn users_and_websites_are_added_by_plain_forms() {
    let form = html(|| view! { <AddWebsite user="bob".into() acts=acts() /> });
    for part in [
        "<summary>Add a website</summary>",
        r#"name="change[user]" value="bob""#,
        r#"name="change[website]""#,
        r#"placeholder="/home/bob/public_html""#,
    ] {
        assert!(form.contains(part), "{part} is missing in {form}");
    }
    let form = html(|| view! { <AddUser acts=acts() /> });
    assert!(form.contains(r#"name="change[verb]" value="add_user""#) && form.contains("required"), "{form}");
}

#[test]
fn the_kind_of_keys_is_chosen_by_a_plain_form_that_shows_what_counts() {
    let server = KeyType::parse("ecdsa-p256").unwrap();
    let form =
        |chosen| html(move || view! { <KeyTypeForm user="bob".into() chosen=chosen server=server acts=acts() /> });
    let (own, of_the_server) = (form(KeyType::parse("rsa-3072")), form(None));
    for part in [
        r#"method="post" action="/fn/set_key_type""#,
        r#"type="hidden" name="users[]" value="bob""#,
        r#"<option value="rsa-3072" selected>rsa-3072</option>"#,
        "<summary>Keys: rsa-3072</summary>",
    ] {
        assert!(own.contains(part), "{part} is missing in {own}");
    }
    for part in [
        r#"<option value="reset" selected>The server’s choice: ecdsa-p256</option>"#,
        "<summary>Keys: ecdsa-p256, the server’s choice</summary>",
    ] {
        assert!(of_the_server.contains(part), "{part} is missing in {of_the_server}");
    }
    assert_eq!(own.matches(" selected>").count() + of_the_server.matches(" selected>").count(), 2);
}

#[test]
fn every_option_can_be_set_by_a_plain_form_and_says_what_it_does() {
    let rows = OPTIONS.iter().map(|option| OptionRow {
        key: option.key.into(),
        value: if option.key == "replace-foreign" { "on".into() } else { option.default.into() },
        set: (option.key == "replace-foreign").then(|| ("ann".into(), NOON)),
    });
    let rows: Vec<_> = rows.collect();
    let form = html(|| view! { <OptionsForm rows=rows acts=acts() /> });
    assert!(form.contains(r#"method="post""#) && form.contains(r#"action="/fn/save_options"#), "{form}");
    for option in &OPTIONS {
        assert!(form.contains(&format!(r#"name="values[{}]""#, option.key)), "{}: {form}", option.key);
        assert!(form.contains(option.sentence) && form.contains(&format!("default: {}", option.default)), "{form}");
    }
    let tag = |key: &str| {
        let start = form.find(&format!(r#"id="{key}""#)).unwrap();
        let open = form[..start].rfind('<').unwrap();
        form[open..start + form[start..].find('>').unwrap()].to_owned()
    };
    assert!(tag("replace-foreign").contains("checked") && !tag("replace-ev-ov").contains("checked"), "{form}");
    assert!(form.contains("EV and OV certificates stay protected") && form.contains("By ticking this box"), "{form}");
    assert!(form.contains("set by ") && form.contains("ann"), "{form}");
}

#[test]
fn a_certificate_of_others_is_shown_as_such() {
    let website = WebsiteRow {
        domain: "bob.test".into(),
        display: "bob.test".into(),
        document_root: "/home/bob".into(),
        coverage: Coverage::Secured,
        domains: Vec::new(),
        expires_at: Some(NOON),
        issuer: Some("Other CA".into()),
        fingerprint: None,
        served_at: None,
        source: InventorySource::Database,
        others: Some(OthersCertificate { path: "/etc/ssl/bob.pem".into(), words: "domain validated (DV)".into() }),
    };
    let card = html(|| view! { <WebsiteCard website=website /> });
    for part in ["Not installed by AutoSSL", "Domain validated (DV).", "/etc/ssl/bob.pem", "Other CA"] {
        assert!(card.contains(part), "{part} is missing in {card}");
    }
}

#[test]
fn failures_are_open_and_successes_folded_and_each_line_has_an_address() {
    let record = |user: &str, kind, contents: &str| LogRecord {
        schema: 1,
        timestamp: "2026-11-23T12:00:07Z".into(),
        pid: 1,
        kind,
        indent: 2,
        contents: contents.into(),
        partial: false,
        code: None,
        run_id: RunId("r".into()),
        user: Some(user.into()),
        website: Some(format!("{user}.test")),
        domain: None,
    };
    let records = vec![
        record("ann", LogType::Success, "Installed."),
        record("bob", LogType::Error, "bob.test does not resolve."),
    ];
    let page = LogPage { lines: vec![11, 12], records, offset: 10, total: 12, read_at: NOON };
    let log = html(|| view! { <LogTree branches=grow(page) base="/logs/r" needle="RESOLVE" /> });
    assert!(log.contains(r#"id="L12""#) && log.contains(r##"href="/logs/r#L12""##), "{log}");
    assert!(log.contains("<mark>resolve</mark>"), "{log}");
    let page = LogPage {
        lines: vec![1, 2],
        records: vec![record("ann", LogType::Success, "Installed."), record("bob", LogType::Error, "Failed.")],
        offset: 0,
        total: 2,
        read_at: NOON,
    };
    let log = html(|| view! { <LogTree branches=grow(page) base="/logs/r" needle="" /> });
    let folds = log.split("<details").filter_map(|part| part.split_once('>').map(|(head, _)| head));
    let users: Vec<&str> = folds.filter(|head| head.contains(r#"class="user""#)).collect();
    assert!(!users[0].contains(" open") && users[1].contains(" open"), "{log}");
}

#[test]
fn signing_in_does_not_tell_which_part_was_wrong_and_needs_no_javascript() {
    let card = html(|| view! { <LoginCard trouble=LoginTrouble::Wrong next="/users".into() /> });
    assert!(card.contains(r#"method="post" action="/login""#) && card.contains("Name or password is wrong."), "{card}");
    assert!(card.contains(r#"name="next" value="/users""#));
    let card = html(|| view! { <LoginCard trouble=LoginTrouble::Throttled(90) next=String::new() /> });
    assert!(card.contains("Too many tries. Try again in 1 min 30 s."), "{card}");
    let card = html(|| view! { <LoginCard trouble=LoginTrouble::NoAdministrator next=String::new() /> });
    assert!(card.contains("autossl admin create NAME --role admin") && !card.contains("password"), "{card}");
}
