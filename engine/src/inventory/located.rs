//! Strings that know where in the file they stand, in any format.
//!
//! Both parsers lend strings straight from the text wherever they hold no escapes; where such a string lies within the text
//! is its position. A string with escapes has none.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;

/// A string of the file.
#[derive(Clone, Debug)]
pub(super) struct Located<'a>(pub(super) Cow<'a, str>);

impl Located<'_> {
    /// Tell the line in `text`, from 1; `None` where the string is not a part of it.
    pub(super) fn line(&self, text: &str) -> Option<usize> {
        let Cow::Borrowed(part) = self.0 else { return None };
        let offset = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
        text.as_bytes().get(..offset).map(line_at_end)
    }
}

/// Tell the line and column of an offset, both from 1.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count());
    (line_at_end(before.as_bytes()), column + 1)
}

fn line_at_end(before: &[u8]) -> usize {
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

impl<'de: 'a, 'a> Deserialize<'de> for Located<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Cow<'de, str>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(value))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(value.to_owned()))
            }

            fn visit_string<E: Error>(self, value: String) -> Result<Self::Value, E> {
                Ok(Cow::Owned(value))
            }
        }

        deserializer.deserialize_str(Text).map(Self)
    }
}
