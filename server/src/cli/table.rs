//! Columns of text for people: aligned, without decoration.

use std::fmt;

const GAP: &str = "  ";

/// Rows of text under a heading.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Begin with the columns' headings.
    pub(super) fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(|heading| (*heading).to_owned()).collect()] }
    }

    /// Begin with what goes on with a table whose headings were written before.
    pub(super) fn without_headings() -> Self {
        Self { rows: Vec::new() }
    }

    /// Add a row, with a cell for each column.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.first().map_or(0, Vec::len);
        let length = |row: &Vec<String>, column: usize| row.get(column).map_or(0, |cell| cell.chars().count());
        let width = |column| self.rows.iter().map(|row| length(row, column)).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (number, row) in self.rows.iter().enumerate() {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            let line = cells.collect::<Vec<_>>().join(GAP);
            let end = if number + 1 == self.rows.len() { "" } else { "\n" };
            write!(formatter, "{}{end}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(&["USER", "STATE"]);
        table.row(["bücher".into(), "on".into()]);
        table.row(["al".into(), String::new()]);
        assert_eq!(table.to_string(), "USER    STATE\nbücher  on\nal");
    }
}
