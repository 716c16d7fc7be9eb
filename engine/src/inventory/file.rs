//! The file as it is written, before anything but its shape is checked.

use super::error::{ImportError, ImportFault};
use super::located::{Located, position};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File<'a> {
    #[serde(borrow, default, rename = "package")]
    pub(super) packages: Vec<Package<'a>>,
    #[serde(borrow, default, rename = "user")]
    pub(super) users: Vec<User<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Package<'a> {
    #[serde(borrow)]
    pub(super) name: Located<'a>,
    pub(super) autossl: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct User<'a> {
    #[serde(borrow)]
    pub(super) name: Located<'a>,
    #[serde(borrow)]
    pub(super) email: Option<Located<'a>>,
    #[serde(borrow)]
    pub(super) owner: Option<Located<'a>>,
    #[serde(borrow)]
    pub(super) package: Option<Located<'a>>,
    #[serde(default)]
    pub(super) suspended: bool,
    #[serde(borrow, default, rename = "website")]
    pub(super) websites: Vec<Website<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Website<'a> {
    #[serde(borrow)]
    pub(super) domain: Located<'a>,
    #[serde(borrow, default)]
    pub(super) aliases: Vec<Located<'a>>,
    #[serde(borrow)]
    pub(super) document_root: Located<'a>,
    #[serde(borrow)]
    pub(super) certificate: Option<Located<'a>>,
    #[serde(borrow)]
    pub(super) key: Option<Located<'a>>,
}

pub(super) fn read_toml(text: &str) -> Result<File<'_>, ImportError> {
    toml::from_str(text).map_err(|error| {
        let place = error.span().map(|span| position(text, span.start));
        ImportError {
            line: place.map(|(line, _)| line),
            column: place.map(|(_, column)| column),
            fault: ImportFault::Syntax(one_line(error.message())),
        }
    })
}

pub(super) fn read_json(text: &str) -> Result<File<'_>, ImportError> {
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        ImportError {
            line: Some(error.line()).filter(|line| *line > 0),
            column: Some(error.column()).filter(|column| *column > 0),
            fault: ImportFault::Syntax(one_line(message.strip_suffix(place.as_str()).unwrap_or(&message))),
        }
    })
}

fn one_line(message: &str) -> String {
    message.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
}
