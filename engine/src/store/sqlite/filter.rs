//! Which users match a query, and the statements that find them in each order.
//!
//! There are two ways to a page. [`walk`] goes along the order's index and looks at each user until the page is full: right where
//! most users match. [`gather`] takes what the search index finds and sorts it: right where few match.

use crate::model::{CheckResult, Direction, Override, UserQuery, UserSort};

/// Shorter searches are not in the search index (SQLite, FTS5, "The Trigram Tokenizer").
const INDEXED_CHARACTERS: usize = 3;

/// What a query asks for, as values to bind; the empty text stands for everything.
pub(super) struct Filter {
    /// To bind as $1: what the haystack must contain.
    pub(super) search: String,
    /// To bind as $2.
    pub(super) decision: &'static str,
    /// To bind as $3.
    pub(super) result: &'static str,
}

impl Filter {
    pub(super) fn of(query: &UserQuery) -> Self {
        Self {
            search: query.search.trim().to_lowercase(),
            decision: query.decision.map_or("", Override::as_str),
            result: query.result.map_or("", CheckResult::as_str),
        }
    }

    /// Say the search as a phrase for the search index, to bind as $1; `None` where the index cannot help.
    pub(super) fn phrase(&self) -> Option<String> {
        let indexed = self.search.chars().count() >= INDEXED_CHARACTERS;
        indexed.then(|| format!("\"{}\"", self.search.replace('"', "\"\"")))
    }
}

/// What a walk's users `u` fulfil: the [`Filter`] in $1 to $3.
macro_rules! matching {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " WHERE ($1 = '' OR u.id IN (SELECT s.user_id FROM user_search s WHERE instr(s.haystack, $1) > 0))
             AND ($2 = '' OR u.decision = $2) AND ($3 = '' OR u.result = $3) ",
            $after
        )
    };
}
pub(super) use matching;

/// The users `u` that the search index finds for the phrase in $1 and that fulfil the rest of the [`Filter`].
macro_rules! gathered {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " FROM user_search_index x
             CROSS JOIN hosting_user u ON u.id = x.rowid
             CROSS JOIN package p ON p.id = u.package_id
             WHERE x.haystack MATCH $1 AND ($2 = '' OR u.decision = $2) AND ($3 = '' OR u.result = $3) ",
            $after
        )
    };
}

/// Count by walking.
pub(super) const COUNT_WALKED: &str = matching!("SELECT count(*) FROM hosting_user u", "");

/// Count by gathering.
pub(super) const COUNT_GATHERED: &str = gathered!("SELECT count(*)", "");

/// Find the numbers of a page's users, $4 of them after the first $5.
pub(super) const fn walk(sort: UserSort, direction: Direction) -> &'static str {
    use {
        Direction::Ascending, Direction::Descending, UserSort::Checked, UserSort::Coverage, UserSort::Name,
        UserSort::Package,
    };
    match (sort, direction) {
        (Name, Ascending) => matching!("SELECT u.id FROM hosting_user u", "ORDER BY u.name LIMIT $4 OFFSET $5"),
        (Name, Descending) => matching!("SELECT u.id FROM hosting_user u", "ORDER BY u.name DESC LIMIT $4 OFFSET $5"),
        (Package, Ascending) => matching!(
            "SELECT u.id FROM package p CROSS JOIN hosting_user u ON u.package_id = p.id",
            "ORDER BY p.name, u.name LIMIT $4 OFFSET $5"
        ),
        (Package, Descending) => matching!(
            "SELECT u.id FROM package p CROSS JOIN hosting_user u ON u.package_id = p.id",
            "ORDER BY p.name DESC, u.name DESC LIMIT $4 OFFSET $5"
        ),
        (Coverage, Ascending) => {
            matching!("SELECT u.id FROM hosting_user u", "ORDER BY u.share, u.name LIMIT $4 OFFSET $5")
        }
        (Coverage, Descending) => {
            matching!("SELECT u.id FROM hosting_user u", "ORDER BY u.share DESC, u.name DESC LIMIT $4 OFFSET $5")
        }
        (Checked, Ascending) => {
            matching!("SELECT u.id FROM hosting_user u", "ORDER BY u.checked_at, u.name LIMIT $4 OFFSET $5")
        }
        (Checked, Descending) => {
            matching!("SELECT u.id FROM hosting_user u", "ORDER BY u.checked_at DESC, u.name DESC LIMIT $4 OFFSET $5")
        }
    }
}

/// As [`walk`], among the users that the search index finds.
pub(super) const fn gather(sort: UserSort, direction: Direction) -> &'static str {
    use {
        Direction::Ascending, Direction::Descending, UserSort::Checked, UserSort::Coverage, UserSort::Name,
        UserSort::Package,
    };
    match (sort, direction) {
        (Name, Ascending) => gathered!("SELECT u.id", "ORDER BY u.name LIMIT $4 OFFSET $5"),
        (Name, Descending) => gathered!("SELECT u.id", "ORDER BY u.name DESC LIMIT $4 OFFSET $5"),
        (Package, Ascending) => gathered!("SELECT u.id", "ORDER BY p.name, u.name LIMIT $4 OFFSET $5"),
        (Package, Descending) => gathered!("SELECT u.id", "ORDER BY p.name DESC, u.name DESC LIMIT $4 OFFSET $5"),
        (Coverage, Ascending) => gathered!("SELECT u.id", "ORDER BY u.share, u.name LIMIT $4 OFFSET $5"),
        (Coverage, Descending) => gathered!("SELECT u.id", "ORDER BY u.share DESC, u.name DESC LIMIT $4 OFFSET $5"),
        (Checked, Ascending) => gathered!("SELECT u.id", "ORDER BY u.checked_at, u.name LIMIT $4 OFFSET $5"),
        (Checked, Descending) => gathered!("SELECT u.id", "ORDER BY u.checked_at DESC, u.name DESC LIMIT $4 OFFSET $5"),
    }
}
