//! The rules between crates that the compiler does not know: who may name what, and how large a file may be.
//!
//! Comments may name anything. Tests may be long, read the environment and look into the database.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::fingerprint::files_in;

/// Words that only some places may use.
struct Rule {
    /// Said when the rule is broken.
    reason: &'static str,
    /// Path prefixes that the rule looks at.
    within: &'static [&'static str],
    /// Path prefixes where the words are at home.
    except: &'static [&'static str],
    words: &'static [&'static str],
}

const CRATES: &[&str] = &["app", "engine", "frontend", "rig", "server", "simulation", "testca", "xtask"];
const LONGEST: usize = 500;
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "common", "manager", "misc"];

const RULES: &[Rule] = &[
    Rule {
        reason: "the engine knows nothing of HTTP servers and pages",
        within: &["engine/src", "engine/Cargo.toml"],
        except: &[],
        words: &["axum", "leptos", "leptos_axum"],
    },
    Rule {
        reason: "the interface reaches databases, sockets and CAs through the engine",
        within: &["app/Cargo.toml", "app/src", "frontend"],
        except: &[],
        words: &["sqlx", "tokio", "instant_acme"],
    },
    Rule {
        reason: "SQL is written in engine/src/store only",
        within: &["app", "engine", "frontend", "server"],
        except: &["engine/src/store", "engine/Cargo.toml"],
        words: &["sqlx", "SELECT ", "INSERT INTO", "DELETE FROM", "CREATE TABLE"],
    },
    Rule {
        reason: "ACME is spoken in engine/src/acme only",
        within: &["app", "engine", "frontend", "server"],
        except: &["engine/src/acme", "engine/Cargo.toml"],
        words: &["instant_acme"],
    },
    Rule {
        reason: "the environment and the command line are read in the server only",
        within: &["app", "engine", "frontend"],
        except: &[],
        words: &["std::env", "env::var", "env::var_os", "env::vars", "env::args", "env::set_var"],
    },
];

/// Check every crate of the checkout; print `file:line: reason` for each breach, and fail if there was one.
pub(crate) fn check(root: &Path) -> Result<()> {
    let mut breaches = Vec::new();
    for name in CRATES {
        for path in files_in(&root.join(name))? {
            let name = path.strip_prefix(root).unwrap_or(&path).to_owned();
            let manifest = name.ends_with("Cargo.toml");
            if manifest || name.extension().is_some_and(|kind| kind == "rs") {
                let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
                breaches.extend(words(&name, &text));
                if !manifest {
                    breaches.extend(shape(&name, &text));
                }
            }
        }
    }
    for breach in &breaches {
        eprintln!("{breach}");
    }
    match breaches.len() {
        0 => Ok(()),
        count => bail!("{count} breaches of the layering rules (ARCHITECTURE.md)"),
    }
}

fn words(name: &Path, text: &str) -> Vec<String> {
    if is_test(name) {
        return Vec::new();
    }
    let inside = |prefixes: &[&str]| prefixes.iter().any(|prefix| begins_with(name, prefix));
    let rules: Vec<_> = RULES.iter().filter(|rule| inside(rule.within) && !inside(rule.except)).collect();
    let mut breaches = Vec::new();
    for (number, line) in program(text) {
        for rule in &rules {
            if let Some(word) = rule.words.iter().find(|word| has_word(line, word)) {
                breaches.push(format!("{}:{number}: `{word}`: {}", name.display(), rule.reason));
            }
        }
    }
    breaches
}

fn shape(name: &Path, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    if !text.starts_with("//!") {
        breaches.push(format!("{}:1: a file opens with `//!` and says what it is for", name.display()));
    }
    let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
    if lines > LONGEST && !is_test(name) {
        breaches.push(format!("{}:{LONGEST}: {lines} lines, more than {LONGEST}: split it by noun", name.display()));
    }
    let stem = name.file_stem().unwrap_or_default();
    if EMPTY_NAMES.iter().any(|empty| stem == *empty) {
        breaches.push(format!("{}:1: the name says nothing of what is inside", name.display()));
    }
    breaches
}

/// Lines before the unit tests that are not comments, with their numbers.
fn program(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").enumerate();
    let comment = |line: &str| line.starts_with("//") || (line.starts_with('#') && !line.starts_with("#["));
    lines.filter(move |(_, line)| !comment(line.trim_start())).map(|(index, line)| (index + 1, line))
}

/// Whether `word` stands in `line` by itself; a manifest's `-` counts as `_`. Anything may follow a word that ends in a blank.
fn has_word(line: &str, word: &str) -> bool {
    let line = if line.contains('-') { line.replace('-', "_") } else { line.to_owned() };
    let part_of_name = |next: Option<char>| next.is_some_and(|next| next.is_alphanumeric() || next == '_');
    line.match_indices(word).any(|(at, _)| {
        let after = if word.ends_with(' ') { None } else { line[at + word.len()..].chars().next() };
        !part_of_name(line[..at].chars().next_back()) && !part_of_name(after)
    })
}

/// Whether `name` is `prefix`, lies below it, or is the file of that module.
fn begins_with(name: &Path, prefix: &str) -> bool {
    name.starts_with(prefix) || name == PathBuf::from(prefix).with_extension("rs")
}

fn is_test(name: &Path) -> bool {
    name.components().any(|part| part.as_os_str() == "tests") || name.file_stem().is_some_and(|stem| stem == "tests")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(name: &str, text: &str) -> Vec<String> {
        words(Path::new(name), text)
    }

    #[test]
    fn a_breach_is_named_with_its_line_and_reason() {
        let found = broken("engine/src/run.rs", "//! Axum is not for us.\n// axum\nuse axum::Router;\n");
        assert_eq!(found, ["engine/src/run.rs:3: `axum`: the engine knows nothing of HTTP servers and pages"]);
    }

    #[test]
    fn words_are_free_where_they_are_at_home_and_in_tests() {
        assert!(broken("engine/src/store/sqlite.rs", "use sqlx::Pool;\n").is_empty());
        assert!(broken("engine/src/store.rs", "use sqlx::Pool;\n").is_empty());
        assert!(broken("engine/tests/story.rs", "std::env::var(\"X\");\n").is_empty());
        assert!(broken("engine/src/run.rs", "fn a() {}\n#[cfg(test)]\nmod tests { use sqlx; }\n").is_empty());
        assert_eq!(broken("engine/src/stored.rs", "use sqlx::Pool;\n").len(), 1);
    }

    #[test]
    fn a_manifest_is_read_too_and_longer_names_are_other_names() {
        assert_eq!(broken("app/Cargo.toml", "instant-acme.workspace = true\n").len(), 2);
        assert!(broken("app/src/focus.rs", "tag == \"SELECT\"\n").is_empty());
        assert!(broken("app/Cargo.toml", "tokio-stream.workspace = true\n# tokio\n").is_empty());
    }

    #[test]
    fn a_long_file_and_an_empty_name_are_refused() {
        let long = format!("//! Long.\n{}", "fn a() {}\n".repeat(LONGEST));
        assert_eq!(shape(Path::new("app/src/utils.rs"), &long).len(), 2);
        assert_eq!(shape(Path::new("app/src/users.rs"), "fn a() {}\n").len(), 1);
    }
}
