//! Addresses: how a listing's search, filters, sorting and page stand in the URL.

use engine::model::{CheckResult, Direction, Override, UserQuery, UserSort};
use std::fmt::Write as _;

/// The page sizes that the interface offers, the default first.
pub const PAGE_SIZES: [u32; 4] = [25, 50, 100, 250];

const SORTS: [(UserSort, &str); 4] = [
    (UserSort::Name, "name"),
    (UserSort::Package, "package"),
    (UserSort::Coverage, "coverage"),
    (UserSort::Checked, "checked"),
];

/// Read a user listing from named values; what is missing or not understood counts as the default.
pub fn read_users(value: impl Fn(&str) -> Option<String>) -> UserQuery {
    let number = |name: &str| value(name).and_then(|text| text.parse().ok()).unwrap_or(0);
    let sort = value("sort").unwrap_or_default();
    let (name, direction) = match sort.strip_prefix('-') {
        Some(name) => (name, Direction::Descending),
        None => (sort.as_str(), Direction::Ascending),
    };
    UserQuery {
        search: value("q").unwrap_or_default().trim().to_owned(),
        decision: value("override").and_then(|text| Override::parse(&text)),
        result: value("result").and_then(|text| CheckResult::parse(&text)),
        sort: SORTS.into_iter().find(|(_, word)| *word == name).map_or(UserSort::Name, |(sort, _)| sort),
        direction,
        page: number("page"),
        per_page: number("per"),
    }
}

/// Write the address of a user listing, leaving out what is default.
#[must_use]
pub fn users_href(query: &UserQuery) -> String {
    let mut address = Address::new("/users");
    address.add("q", &query.search);
    address.add("override", query.decision.map_or("", Override::as_str));
    address.add("result", query.result.map_or("", CheckResult::as_str));
    address.add("sort", &sort_word(query.sort, query.direction));
    if query.per_page != 0 && query.per_page != PAGE_SIZES[0] {
        address.add("per", &query.per_page.to_string());
    }
    if query.page > 1 {
        address.add("page", &query.page.to_string());
    }
    address.0
}

/// Spell a sorting as the URL has it; empty for the default.
#[must_use]
pub fn sort_word(sort: UserSort, direction: Direction) -> String {
    let word = SORTS.into_iter().find(|(known, _)| *known == sort).map_or("name", |(_, word)| word);
    match (sort, direction) {
        (UserSort::Name, Direction::Ascending) => String::new(),
        (_, Direction::Ascending) => word.to_owned(),
        (_, Direction::Descending) => format!("-{word}"),
    }
}

/// The same listing on another page.
#[must_use]
pub fn on_page(query: &UserQuery, page: u32) -> UserQuery {
    UserQuery { page, ..query.clone() }
}

/// The same listing sorted by a column, from its first page; a second time the other way round.
#[must_use]
pub fn sorted_by(query: &UserQuery, sort: UserSort) -> UserQuery {
    let direction = match (query.sort == sort, query.direction) {
        (true, Direction::Ascending) => Direction::Descending,
        _ => Direction::Ascending,
    };
    UserQuery { sort, direction, page: 0, ..query.clone() }
}

/// Tell whether a listing leaves users out.
#[must_use]
pub fn is_filtered(query: &UserQuery) -> bool {
    !query.search.is_empty() || query.decision.is_some() || query.result.is_some()
}

/// Which part of a run's log to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogView {
    /// Only warnings and errors.
    pub errors_only: bool,
    /// Only this user; empty for all.
    pub user: String,
    /// Only lines that contain this; empty for all.
    pub search: String,
    /// The page, from 1; 0 counts as the first, or as the last while the run is followed.
    pub page: u32,
}

impl LogView {
    /// Read the view from named values, as a URL's query has them.
    pub fn read(value: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            errors_only: value("show").as_deref() == Some("problems"),
            user: value("user").unwrap_or_default(),
            search: value("q").unwrap_or_default().trim().to_owned(),
            page: value("page").and_then(|page| page.parse().ok()).unwrap_or(0),
        }
    }

    /// Write the address of this view of a run's log.
    #[must_use]
    pub fn href(&self, id: &str) -> String {
        let mut address = Address::new(&log_href(id));
        address.add("show", if self.errors_only { "problems" } else { "" });
        address.add("user", &self.user);
        address.add("q", &self.search);
        if self.page > 1 {
            address.add("page", &self.page.to_string());
        }
        address.0
    }
}

/// The address of a user's page.
#[must_use]
pub fn user_href(name: &str) -> String {
    format!("/users/{}", encode(name))
}

/// The address of the plan of one user, or of all where the name is empty.
#[must_use]
pub fn plan_href(user: &str) -> String {
    if user.is_empty() { "/plan".to_owned() } else { format!("/plan?user={}", encode(user)) }
}

/// What stands in the address of the Providers page for the choice to have none: no provider's short name has an underscore.
pub const NO_PROVIDER: &str = "_none";

/// The address of a provider in full.
#[must_use]
pub fn provider_href(id: &str) -> String {
    format!("/providers?show={}", encode(id))
}

/// The address of a DNS zone in full.
#[must_use]
pub fn dns_href(zone: &str) -> String {
    format!("/dns?zone={}", encode(zone))
}

/// The address of the record that validates a domain for long.
#[must_use]
pub fn persist_href(domain: &str) -> String {
    format!("/dns?record={}", encode(domain))
}

/// The address of a run's log.
#[must_use]
pub fn log_href(id: &str) -> String {
    format!("/logs/{}", encode(id))
}

/// Encode text for one part of a path or query: everything but unreserved characters and `:` (RFC 3986, section 2.3).
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => out.push(char::from(byte)),
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

struct Address(String);

impl Address {
    fn new(path: &str) -> Self {
        Self(path.to_owned())
    }

    fn add(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        self.0.push_str(name);
        self.0.push('=');
        self.0.push_str(&encode(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        move |wanted| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
    }

    #[test]
    fn a_listing_survives_the_way_through_the_url() {
        let query = UserQuery {
            search: "münchen & co".into(),
            decision: Some(Override::Disabled),
            result: Some(CheckResult::Failed),
            sort: UserSort::Coverage,
            direction: Direction::Descending,
            page: 3,
            per_page: 100,
        };
        assert_eq!(
            users_href(&query),
            "/users?q=m%C3%BCnchen%20%26%20co&override=disabled&result=failed&sort=-coverage&per=100&page=3"
        );
        let read = read_users(values(&[
            ("q", "münchen & co"),
            ("override", "disabled"),
            ("result", "failed"),
            ("sort", "-coverage"),
            ("per", "100"),
            ("page", "3"),
        ]));
        assert_eq!(read, query);
    }

    #[test]
    fn defaults_leave_no_trace_in_the_url() {
        assert_eq!(users_href(&UserQuery { page: 1, per_page: 25, ..UserQuery::default() }), "/users");
    }

    #[test]
    fn what_is_not_understood_counts_as_default() {
        let read = read_users(values(&[("override", "maybe"), ("sort", "-colour"), ("page", "-1")]));
        assert_eq!(read, UserQuery { direction: Direction::Descending, ..UserQuery::default() });
    }

    #[test]
    fn a_column_sorts_the_other_way_the_second_time() {
        let first = sorted_by(&UserQuery { page: 4, ..UserQuery::default() }, UserSort::Package);
        assert_eq!((first.sort, first.direction, first.page), (UserSort::Package, Direction::Ascending, 0));
        assert_eq!(sorted_by(&first, UserSort::Package).direction, Direction::Descending);
    }

    #[test]
    fn a_log_view_names_only_what_differs() {
        assert_eq!(LogView::default().href("2026-11-23T09:30:00Z"), "/logs/2026-11-23T09:30:00Z");
        let view = LogView::read(values(&[("show", "problems"), ("user", "bob"), ("page", "2")]));
        assert_eq!(view.href("r"), "/logs/r?show=problems&user=bob&page=2");
    }
}
