//! What is read from rows, checked.

use crate::store::{StoreError, StoreResult};

/// Read an enum's name with its `parse`.
pub(super) fn known<T>(
    parse: impl FnOnce(&str) -> Option<T>,
    table: &'static str,
    column: &'static str,
    value: String,
) -> StoreResult<T> {
    parse(&value).ok_or(StoreError::Corrupt { table, column, value })
}

/// Read a list that `json_group_array` made of one column.
pub(super) fn list(table: &'static str, column: &'static str, value: String) -> StoreResult<Vec<String>> {
    serde_json::from_str(&value).map_err(|_| StoreError::Corrupt { table, column, value })
}
