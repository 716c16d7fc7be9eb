//! Words and numbers as the pages write them.

/// Write a number with its thousands grouped, e.g. `5,080`.
#[must_use]
pub fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Write a number with its noun, e.g. `1 user` or `5,080 users`.
#[must_use]
pub fn counted(number: u32, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// Write a duration in its two largest units, e.g. `42 s`, `3 min 5 s`, `2 h 10 min`.
#[must_use]
pub fn duration(seconds: i64) -> String {
    match seconds.max(0) {
        s @ 0..60 => format!("{s} s"),
        s @ 60..3_600 if s % 60 == 0 => format!("{} min", s / 60),
        s @ 60..3_600 => format!("{} min {} s", s / 60, s % 60),
        s if s / 60 % 60 == 0 => format!("{} h", s / 3_600),
        s => format!("{} h {} min", s / 3_600, s / 60 % 60),
    }
}

/// Turn a stable code into words, e.g. `dcv_connection_failed` into `Dcv connection failed`.
#[must_use]
pub fn code_as_words(code: &str) -> String {
    let words = code.replace(['_', '-'], " ");
    capitalised(&words)
}

/// Make a sentence of an engine's message: a capital first, a full stop last.
#[must_use]
pub fn sentence(message: &str) -> String {
    let message = message.trim();
    let mut out = capitalised(message);
    if !out.is_empty() && !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

/// Begin a text with a capital: only A to Z, since the browser's program would otherwise carry Unicode's table of letters.
fn capitalised(text: &str) -> String {
    let mut out = text.to_owned();
    if let Some(first) = out.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    out
}

/// Cut a text where it contains `needle`, whatever the case of ASCII letters; found pieces are marked `true`.
#[must_use]
pub fn pieces(text: &str, needle: &str) -> Vec<(String, bool)> {
    let (low_text, low_needle) = (text.to_ascii_lowercase(), needle.to_ascii_lowercase());
    if needle.is_empty() {
        return vec![(text.to_owned(), false)];
    }
    let (mut out, mut from) = (Vec::new(), 0);
    while let Some(found) = low_text[from..].find(&low_needle) {
        let (start, end) = (from + found, from + found + low_needle.len());
        if start > from {
            out.push((text[from..start].to_owned(), false));
        }
        out.push((text[start..end].to_owned(), true));
        from = end;
    }
    if from < text.len() {
        out.push((text[from..].to_owned(), false));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        let written = [0, 7, 999, 1_000, 10_240, 1_234_567].map(grouped);
        assert_eq!(written, ["0", "7", "999", "1,000", "10,240", "1,234,567"]);
    }

    #[test]
    fn only_one_thing_is_singular() {
        assert_eq!(counted(0, "user", "users"), "0 users");
        assert_eq!(counted(1, "user", "users"), "1 user");
        assert_eq!(counted(5_080, "user", "users"), "5,080 users");
    }

    #[test]
    fn a_duration_names_its_two_largest_units() {
        let written = [-3, 42, 60, 185, 3_600, 7_800].map(duration);
        assert_eq!(written, ["0 s", "42 s", "1 min", "3 min 5 s", "1 h", "2 h 10 min"]);
    }

    #[test]
    fn an_unknown_code_is_still_readable() {
        assert_eq!(code_as_words("total_dcv_failure"), "Total dcv failure");
        assert_eq!(code_as_words(""), "");
    }

    #[test]
    fn a_message_becomes_a_sentence() {
        assert_eq!(sentence("no user named bob"), "No user named bob.");
        assert_eq!(sentence("Wait 5 s."), "Wait 5 s.");
        assert_eq!(sentence("  "), "");
    }

    #[test]
    fn what_is_searched_for_is_cut_out_whatever_its_case() {
        let cut = pieces("Über WWW.a.test: www", "www");
        let told: Vec<_> = cut.iter().map(|(text, found)| (text.as_str(), *found)).collect();
        assert_eq!(told, [("Über ", false), ("WWW", true), (".a.test: ", false), ("www", true)]);
        assert_eq!(pieces("x", ""), [("x".to_owned(), false)]);
    }
}
