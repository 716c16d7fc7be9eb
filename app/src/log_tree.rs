//! A log's records as a tree of users and websites, in the order in which each first appears.

use engine::model::{LogPage, LogRecord, LogType};

/// A record with its line in the whole log, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line.
    pub number: u32,
    /// The record.
    pub record: LogRecord,
}

/// One branch of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Branch {
    /// A line about the run.
    Line(Line),
    /// Everything about one user.
    User(UserBranch),
}

/// Everything about one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserBranch {
    /// The user's name.
    pub name: String,
    /// Lines about the user and none of its websites.
    pub lines: Vec<Line>,
    /// The user's websites.
    pub websites: Vec<WebsiteBranch>,
}

/// Everything about one website.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebsiteBranch {
    /// The website's primary name.
    pub name: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// How bad something is; the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing to say.
    Quiet,
    /// It worked.
    Good,
    /// It wants a look.
    Warning,
    /// It failed.
    Failure,
}

impl From<LogType> for Severity {
    fn from(kind: LogType) -> Self {
        match kind {
            LogType::Out => Self::Quiet,
            LogType::Success => Self::Good,
            LogType::Warn => Self::Warning,
            LogType::Error => Self::Failure,
        }
    }
}

/// Group a page of a log. Websites that were worked on at the same time are told apart again.
#[must_use]
pub fn grow(page: LogPage) -> Vec<Branch> {
    let mut branches: Vec<Branch> = Vec::new();
    let numbers = page.lines.into_iter().map(Some).chain(std::iter::repeat(None));
    for ((record, number), fallback) in page.records.into_iter().zip(numbers).zip(page.offset + 1..) {
        let line = Line { number: number.unwrap_or(fallback), record };
        let Some(user) = line.record.user.clone() else {
            branches.push(Branch::Line(line));
            continue;
        };
        let branch = user_branch(&mut branches, &user);
        match line.record.website.clone() {
            Some(website) => website_branch(branch, &website).lines.push(line),
            None => branch.lines.push(line),
        }
    }
    branches
}

impl UserBranch {
    /// The worst of all lines.
    #[must_use]
    pub fn severity(&self) -> Severity {
        let own = worst(&self.lines);
        self.websites.iter().map(WebsiteBranch::severity).fold(own, Ord::max)
    }

    /// Count the lines, those of websites included.
    #[must_use]
    pub fn count(&self) -> u32 {
        let lines = self.lines.len() + self.websites.iter().map(|website| website.lines.len()).sum::<usize>();
        u32::try_from(lines).unwrap_or(u32::MAX)
    }

    /// Say how it went in one line: the sentence that matters most.
    #[must_use]
    pub fn outcome(&self) -> &str {
        let all = self.lines.iter().chain(self.websites.iter().flat_map(|website| &website.lines));
        telling(all)
    }
}

impl WebsiteBranch {
    /// The worst of all lines.
    #[must_use]
    pub fn severity(&self) -> Severity {
        worst(&self.lines)
    }

    /// Say how it went in one line: the sentence that matters most.
    #[must_use]
    pub fn outcome(&self) -> &str {
        telling(self.lines.iter())
    }
}

fn worst(lines: &[Line]) -> Severity {
    lines.iter().map(|line| Severity::from(line.record.kind)).max().unwrap_or(Severity::Quiet)
}

/// The first failure, else the first warning, else the last line.
fn telling<'a>(lines: impl Iterator<Item = &'a Line> + Clone) -> &'a str {
    let first = |kind| lines.clone().find(|line| line.record.kind == kind);
    let chosen = first(LogType::Error).or_else(|| first(LogType::Warn)).or_else(|| lines.clone().last());
    chosen.map_or("", |line| line.record.contents.as_str())
}

fn user_branch<'a>(branches: &'a mut Vec<Branch>, name: &str) -> &'a mut UserBranch {
    let found = branches.iter().rposition(|branch| matches!(branch, Branch::User(user) if user.name == name));
    let place = found.unwrap_or_else(|| {
        branches.push(Branch::User(UserBranch { name: name.to_owned(), lines: Vec::new(), websites: Vec::new() }));
        branches.len() - 1
    });
    match &mut branches[place] {
        Branch::User(user) => user,
        Branch::Line(_) => unreachable!("the place was searched for, or made, as a user's"),
    }
}

fn website_branch<'a>(user: &'a mut UserBranch, name: &str) -> &'a mut WebsiteBranch {
    let found = user.websites.iter().rposition(|website| website.name == name);
    let place = found.unwrap_or_else(|| {
        user.websites.push(WebsiteBranch { name: name.to_owned(), lines: Vec::new() });
        user.websites.len() - 1
    });
    &mut user.websites[place]
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::model::{RunId, Timestamp};

    fn record(user: Option<&str>, website: Option<&str>, kind: LogType, contents: &str) -> LogRecord {
        LogRecord {
            schema: 1,
            timestamp: "2026-11-23T09:30:00Z".into(),
            pid: 1,
            kind,
            indent: 0,
            contents: contents.into(),
            partial: false,
            code: None,
            run_id: RunId("r".into()),
            user: user.map(Into::into),
            website: website.map(Into::into),
            domain: None,
        }
    }

    fn page(records: Vec<LogRecord>) -> LogPage {
        let total = u32::try_from(records.len()).unwrap();
        LogPage { lines: (1..=total).collect(), records, offset: 0, total, read_at: Timestamp(0) }
    }

    fn users(branches: &[Branch]) -> Vec<&UserBranch> {
        branches.iter().filter_map(|branch| if let Branch::User(user) = branch { Some(user) } else { None }).collect()
    }

    #[test]
    fn interleaved_websites_are_told_apart() {
        let tree = grow(page(vec![
            record(None, None, LogType::Out, "begin"),
            record(Some("ann"), Some("a.test"), LogType::Out, "a1"),
            record(Some("bob"), Some("b.test"), LogType::Out, "b1"),
            record(Some("ann"), Some("a.test"), LogType::Success, "a2"),
            record(None, None, LogType::Out, "end"),
        ]));
        assert_eq!(tree.len(), 4);
        let users = users(&tree);
        assert_eq!(users[0].websites[0].lines.iter().map(|line| line.number).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(users[1].name, "bob");
    }

    #[test]
    fn a_branch_is_as_bad_as_its_worst_line_and_says_it_first() {
        let tree = grow(page(vec![
            record(Some("ann"), None, LogType::Out, "checking"),
            record(Some("ann"), Some("a.test"), LogType::Error, "mail.a.test does not resolve"),
            record(Some("ann"), Some("a.test"), LogType::Success, "installed"),
        ]));
        let ann = users(&tree)[0];
        assert_eq!((ann.severity(), ann.count()), (Severity::Failure, 3));
        assert_eq!(ann.outcome(), "mail.a.test does not resolve");
        assert_eq!(ann.websites[0].outcome(), "mail.a.test does not resolve");
    }

    #[test]
    fn a_log_without_line_numbers_counts_from_its_offset() {
        let mut page = page(vec![record(None, None, LogType::Out, "x")]);
        page.lines.clear();
        page.offset = 40;
        let tree = grow(page);
        assert!(matches!(&tree[0], Branch::Line(line) if line.number == 41));
    }
}
