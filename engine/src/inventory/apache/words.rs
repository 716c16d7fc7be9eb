//! Splits a directive's arguments as Apache does (`ap_getword_conf`).

use std::iter::Peekable;
use std::str::Chars;

/// Split into words: at white space, with single or double quotes around a word, within which a backslash protects the quote
/// and itself.
pub(crate) fn split(arguments: &str) -> Vec<String> {
    let mut characters = arguments.chars().peekable();
    let mut words = Vec::new();
    while let Some(first) = characters.next() {
        match first {
            '"' | '\'' => words.push(quoted(&mut characters, first)),
            _ if first.is_ascii_whitespace() => {}
            _ => words.push(plain(&mut characters, first)),
        }
    }
    words
}

/// Return the first word.
pub(super) fn first(arguments: &str) -> Option<String> {
    split(arguments).into_iter().next()
}

fn quoted(characters: &mut Peekable<Chars<'_>>, quote: char) -> String {
    let mut word = String::new();
    while let Some(character) = characters.next() {
        if character == quote {
            break;
        }
        let protects = character == '\\';
        match characters.next_if(|next| protects && (*next == quote || *next == '\\')) {
            Some(protected) => word.push(protected),
            None => word.push(character),
        }
    }
    word
}

fn plain(characters: &mut Peekable<Chars<'_>>, first: char) -> String {
    let mut word = String::from(first);
    while let Some(character) = characters.next_if(|next| !next.is_ascii_whitespace()) {
        word.push(character);
    }
    word
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_are_split_and_unquoted_as_apache_does() {
        assert_eq!(split(r#" a.test	b.test   "c d" 'e "f"' "#), ["a.test", "b.test", "c d", "e \"f\""]);
        assert_eq!(split(r#""a \"q\".test" "C:\x\\y" 'it\'s' ""#), ["a \"q\".test", "C:\\x\\y", "it's", ""]);
        assert_eq!(split(r#"a\ b"#), ["a\\", "b"]);
        assert!(split("  ").is_empty());
    }
}
