//! One style sheet out of style/main.css and what it imports, without comments and spare blanks.
//!
//! Knows `@import "file.css";` and `@import "file.css" layer(name);`. Leaves everything else to the browser.

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};

/// Return the bundled style sheet, or nothing where there is no `main`.
pub(crate) fn bundle(main: &Path) -> Result<String> {
    if !main.is_file() {
        return Ok(String::new());
    }
    Ok(shrink(&inline(main, 0)?))
}

fn inline(path: &Path, depth: usize) -> Result<String> {
    if depth > 8 {
        bail!("{}: imports go round in a circle", path.display());
    }
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut bundled = String::with_capacity(text.len());
    for (index, line) in text.lines().enumerate() {
        let Some(rest) = line.trim().strip_prefix("@import") else {
            bundled.push_str(line);
            bundled.push('\n');
            continue;
        };
        let (file, layer) =
            import(rest).with_context(|| format!("{}:{}: unknown kind of @import", path.display(), index + 1))?;
        let imported = inline(&folder.join(file), depth + 1)?;
        match layer {
            Some(layer) => bundled.push_str(&format!("@layer {layer} {{\n{imported}}}\n")),
            None => bundled.push_str(&imported),
        }
    }
    Ok(bundled)
}

/// Read ` "file.css" layer(name);`.
fn import(rest: &str) -> Option<(&str, Option<&str>)> {
    let (file, rest) = rest.trim().strip_prefix('"')?.split_once('"')?;
    let rest = rest.trim().strip_suffix(';')?.trim();
    if rest.is_empty() {
        return Some((file, None));
    }
    Some((file, Some(rest.strip_prefix("layer(")?.strip_suffix(')')?)))
}

/// Drop comments, and blanks that separate nothing. Strings stay as they are.
fn shrink(css: &str) -> String {
    let mut small = String::with_capacity(css.len());
    let mut blank = false;
    let mut rest = css;
    while let Some(next) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
            blank = true;
            continue;
        }
        if next.is_whitespace() {
            blank = true;
            rest = &rest[next.len_utf8()..];
            continue;
        }
        let length = if next == '"' || next == '\'' { string_length(rest, next) } else { next.len_utf8() };
        if blank
            && !small.is_empty()
            && !small.ends_with(['{', '}', ';', ','])
            && !matches!(next, '{' | '}' | ';' | ',')
        {
            small.push(' ');
        }
        blank = false;
        if next == '}' && small.ends_with(';') {
            small.pop();
        }
        small.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    small
}

fn string_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, next) in text.char_indices().skip(1) {
        match next {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if next == quote => return index + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_comments_go_but_strings_and_selectors_stay() {
        let css = "/* a */ .a :hover ,\n b { content: \" /* x */ \\\" }\" ; color : red ;\n}\n@media (a) and (b) { c { d: calc(1px + 2px) } }";
        assert_eq!(
            shrink(css),
            ".a :hover,b{content: \" /* x */ \\\" }\";color : red}@media (a) and (b){c{d: calc(1px + 2px)}}"
        );
    }

    #[test]
    fn imports_are_inlined_where_they_stand() -> Result<()> {
        let folder = tempfile::tempdir()?;
        fs::write(
            folder.path().join("main.css"),
            "@layer one;\n@import \"one.css\" layer(one);\n@import \"two.css\";\nc{}\n",
        )?;
        fs::write(folder.path().join("one.css"), "a{}\n")?;
        fs::write(folder.path().join("two.css"), "b{}\n")?;
        assert_eq!(bundle(&folder.path().join("main.css"))?, "@layer one;@layer one{a{}}b{}c{}");
        Ok(())
    }

    #[test]
    fn an_import_with_a_media_query_is_refused_with_its_line() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let main = folder.path().join("main.css");
        fs::write(&main, "\n@import \"one.css\" screen;\n")?;
        let error = bundle(&main).map_err(|error| error.to_string());
        assert!(error.is_err_and(|text| text.contains("main.css:2:")));
        Ok(())
    }
}
