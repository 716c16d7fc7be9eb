//! Reading a log back, by page and filter.

use crate::error::{EngineError, EngineResult};
use crate::model::{LogFilter, LogPage, LogRecord, LogType, Timestamp};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

/// More records than that are not sent at once.
const LARGEST_PAGE: u32 = 5_000;

/// Read at most `limit` records that match, from number `offset` on. A log that is not begun yet is empty.
pub(crate) async fn read(
    path: PathBuf,
    filter: LogFilter,
    offset: u32,
    limit: u32,
    read_at: Timestamp,
) -> EngineResult<LogPage> {
    let task = tokio::task::spawn_blocking(move || {
        let page = LogPage { records: Vec::new(), lines: Vec::new(), offset, total: 0, read_at };
        scan(&path, &filter, limit.min(LARGEST_PAGE), page).map_err(|source| (path, source))
    });
    let scanned = task.await.map_err(|error| EngineError::Configuration(format!("log reader: {error}")))?;
    scanned.map_err(|(path, source)| EngineError::File { action: "cannot read log", path, source })
}

fn scan(path: &Path, filter: &LogFilter, limit: u32, mut page: LogPage) -> io::Result<LogPage> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(page),
        Err(error) => return Err(error),
    };
    let wanted = filter.search.trim().to_lowercase();
    for (number, line) in (1_u32..).zip(BufReader::new(file).lines()) {
        // The last line of a log that is being written, or was cut off by a crash, may be a part of a record.
        let Ok(record) = serde_json::from_str::<LogRecord>(&line?) else { continue };
        if !matches(filter, &wanted, &record) {
            continue;
        }
        if page.total >= page.offset && page.total - page.offset < limit {
            page.records.push(record);
            page.lines.push(number);
        }
        page.total += 1;
    }
    Ok(page)
}

fn matches(filter: &LogFilter, wanted: &str, record: &LogRecord) -> bool {
    let is_problem = matches!(record.kind, LogType::Warn | LogType::Error);
    let found = |text: &str| text.to_lowercase().contains(wanted);
    (!filter.errors_only || is_problem)
        && (filter.user.is_none() || filter.user == record.user)
        && (wanted.is_empty()
            || found(&record.contents)
            || record.code.as_deref().is_some_and(found)
            || record.domain.as_deref().is_some_and(found))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::logbook::Logbook;
    use crate::model::{LogFormat, RunId};
    use std::sync::Arc;

    fn filled(dir: &Path) -> PathBuf {
        let id = RunId("2026-11-23T09:30:00Z".into());
        let book = Logbook::open(dir, &id, Arc::new(ManualClock::new(Timestamp(1_795_426_200)))).unwrap();
        book.block().out(0, "AutoSSL for all users.");
        let mut block = book.website_block("alice", "alice.test");
        block.out(1, "alice.test (alice): unsecured");
        block.name_error(2, "dcv_dns", "old.alice.test", "No address was found.");
        drop(block);
        super::super::path(dir, &id, LogFormat::Json)
    }

    fn page() -> LogPage {
        LogPage { records: Vec::new(), lines: Vec::new(), offset: 0, total: 0, read_at: Timestamp(0) }
    }

    #[test]
    fn a_log_is_paged_and_each_record_keeps_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path());
        let second = scan(&path, &LogFilter::default(), 1, LogPage { offset: 1, ..page() }).unwrap();
        assert_eq!((second.total, second.lines), (3, vec![2]));
        assert_eq!(second.records[0].contents, "alice.test (alice): unsecured");
    }

    #[test]
    fn a_log_is_filtered_by_errors_user_and_words() {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path());
        let lines = |filter: LogFilter| scan(&path, &filter, 9, page()).unwrap().lines;
        assert_eq!(lines(LogFilter { errors_only: true, ..LogFilter::default() }), [3]);
        assert_eq!(lines(LogFilter { user: Some("alice".into()), ..LogFilter::default() }), [2, 3]);
        assert_eq!(lines(LogFilter { search: "OLD.alice".into(), ..LogFilter::default() }), [3]);
    }

    #[test]
    fn the_text_and_the_json_of_a_log_hold_the_same_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path());
        let text = std::fs::read_to_string(path.with_file_name("txt")).unwrap();
        assert_eq!(text.lines().count(), 3);
        assert!(text.ends_with("2026-11-23T09:30:00Z     ERROR No address was found.\n"), "{text}");
    }

    #[test]
    fn a_record_that_a_crash_cut_off_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = filled(dir.path());
        let whole = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 20]).unwrap();
        assert_eq!(scan(&path, &LogFilter::default(), 9, page()).unwrap().total, 2);
        assert_eq!(scan(&dir.path().join("none"), &LogFilter::default(), 9, page()).unwrap().total, 0);
    }
}
