//! Text from strangers, made fit to be shown: printable, and short.

use std::fmt::Display;

const MOST_QUOTED: usize = 80;
const MOST_LISTED: usize = 8;

/// Quote text from outside: escaped, and cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    let kept: String = text.chars().take(MOST_QUOTED).collect();
    let more = if kept.len() < text.len() { "…" } else { "" };
    format!("\"{}{more}\"", kept.escape_debug())
}

/// Write a list with commas, the first few of it.
pub(crate) fn listed<T: Display>(items: &[T]) -> String {
    let shown: Vec<String> = items.iter().take(MOST_LISTED).map(ToString::to_string).collect();
    let more = items.len() - shown.len();
    let tail = if more == 0 { String::new() } else { format!(" and {more} more") };
    shown.join(", ") + &tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_say_is_escaped_and_cut() {
        assert_eq!(quoted("a\u{1b}[31m\n\""), "\"a\\u{1b}[31m\\n\\\"\"");
        assert_eq!(quoted(&"ä".repeat(1_000)).chars().count(), 83);
        assert_eq!(listed(&[1, 2]), "1, 2");
        assert_eq!(listed(&[0; 10]), "0, 0, 0, 0, 0, 0, 0, 0 and 2 more");
    }
}
