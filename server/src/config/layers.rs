//! Laying the environment over the file, each with errors that name the place.

use super::{Config, ConfigError};
use serde::Deserialize;
use std::path::Path;
use toml::{Table, Value};

const PREFIX: &str = "AUTOSSL_";
const SEPARATOR: &str = "__";

/// List the variables that mean a setting, in a fixed order; `AUTOSSL_X` without a section is something else.
pub(super) fn environment() -> Vec<(String, String)> {
    let text = |value: std::ffi::OsString| value.to_string_lossy().into_owned();
    let all = std::env::vars_os().map(|(name, value)| (text(name), text(value)));
    let mut settings: Vec<_> = all.filter(|(name, _)| name.starts_with(PREFIX) && name.contains(SEPARATOR)).collect();
    settings.sort();
    settings
}

/// Merge defaults, the text of the file called `path`, and variables.
pub(super) fn merge(path: &Path, text: &str, variables: Vec<(String, String)>) -> Result<Config, ConfigError> {
    let refused = |error: toml::de::Error| ConfigError::Refused {
        path: path.to_owned(),
        line: line_of(text, &error),
        reason: one_line(error.message()),
    };
    let mut config: Config = toml::from_str(text).map_err(refused)?;
    let mut table: Table = toml::from_str(text).map_err(refused)?;
    for (name, value) in variables {
        match overlay(&table, &name, &value) {
            Ok((next, merged)) => (table, config) = (next, merged),
            Err(reason) => return Err(ConfigError::Variable { name, reason }),
        }
    }
    Ok(config)
}

/// Set one key from a variable: as a TOML value where it reads as one and fits, else as text.
fn overlay(table: &Table, name: &str, text: &str) -> Result<(Table, Config), String> {
    let keys: Vec<String> = name[PREFIX.len()..].split(SEPARATOR).map(str::to_lowercase).collect();
    let mut refusal = None;
    for value in [literal(text), Some(Value::String(text.to_owned()))].into_iter().flatten() {
        let mut next = table.clone();
        insert(&mut next, &keys, value)?;
        match Config::deserialize(next.clone()) {
            Ok(config) => return Ok((next, config)),
            Err(error) => refusal = refusal.or(Some(one_line(error.message()))),
        }
    }
    Err(refusal.unwrap_or_default())
}

fn insert(table: &mut Table, keys: &[String], value: Value) -> Result<(), String> {
    let Some((last, sections)) = keys.split_last() else { return Err("names no key".into()) };
    let mut table = table;
    for section in sections {
        let entry = table.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
        table = entry.as_table_mut().ok_or_else(|| format!("{section} is not a section"))?;
    }
    table.insert(last.clone(), value);
    Ok(())
}

fn literal(text: &str) -> Option<Value> {
    toml::from_str::<Table>(&format!("value = {text}")).ok()?.remove("value")
}

fn line_of(text: &str, error: &toml::de::Error) -> usize {
    let start = error.span().map_or(0, |span| span.start).min(text.len());
    text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count() + 1
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::merge;
    use std::path::Path;

    fn refusal(text: &str, variables: &[(&str, &str)]) -> String {
        let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        merge(Path::new("a.toml"), text, owned).expect_err("this must be refused").to_string()
    }

    #[test]
    fn an_unknown_key_is_refused_with_file_line_and_name() {
        let message = refusal("[server]\nlisten = '127.0.0.1:1'\nlisten_on = 3\n", &[]);
        assert!(message.starts_with("a.toml:3: unknown field `listen_on`"), "{message}");
        let message = refusal("\n[sever]\n", &[]);
        assert!(message.starts_with("a.toml:2: unknown field `sever`"), "{message}");
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_line() {
        let message = refusal("[limits]\n\norders_in_flight = 0\n", &[]);
        assert!(message.starts_with("a.toml:3: "), "{message}");
        let message = refusal("[server]\nlisten = 'here'\n", &[]);
        assert!(message.starts_with("a.toml:2: "), "{message}");
        let message = refusal("[server\n", &[]);
        assert!(message.starts_with("a.toml:1: "), "{message}");
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let variables = vec![
            ("AUTOSSL_ACME__CONTACT".into(), "12".into()),
            ("AUTOSSL_ACME__TRUSTED_ROOTS".into(), "['/a.pem', '/b.pem']".into()),
            ("AUTOSSL_LIMITS__ORDERS_IN_FLIGHT".into(), "3".into()),
            ("AUTOSSL_SERVER__LISTEN".into(), "127.0.0.1:9".into()),
        ];
        let config = merge(Path::new("a.toml"), "[server]\nlisten = '127.0.0.1:1'\n", variables).expect("valid");
        assert_eq!(config.server.listen.port(), 9);
        assert_eq!(config.limits.orders_in_flight.get(), 3);
        assert_eq!(config.acme.contact.as_deref(), Some("12"));
        assert_eq!(config.acme.trusted_roots.len(), 2);
    }

    #[test]
    fn an_unknown_or_wrong_variable_is_refused_by_name() {
        let message = refusal("", &[("AUTOSSL_SERVER__LISTN", "1")]);
        assert!(message.starts_with("environment variable AUTOSSL_SERVER__LISTN: unknown field `listn`"), "{message}");
        let message = refusal("", &[("AUTOSSL_LIMITS__ORDERS_IN_FLIGHT", "0")]);
        assert!(message.starts_with("environment variable AUTOSSL_LIMITS__ORDERS_IN_FLIGHT: "), "{message}");
    }
}
