//! Which rows of a listing are ticked.

/// The rows that an action is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Sorted, each once. A set of the standard library would be a large part of the page's WebAssembly.
    names: Vec<String>,
    last: Option<String>,
    /// Whether the rows on other pages that match the filter are meant too.
    reach: Reach,
}

/// How far a selection goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// The ticked rows.
    #[default]
    Ticked,
    /// Every row that matches the filter, on whatever page.
    Matching,
}

impl Selection {
    /// Tick or clear one row.
    pub fn toggle(&mut self, name: &str) {
        self.reach = Reach::Ticked;
        self.set(name, !self.contains(name));
        self.last = Some(name.to_owned());
    }

    /// Give every row between the one that was touched last and this one the state that this one gets.
    pub fn extend_to(&mut self, rows: &[String], name: &str) {
        let tick = !self.contains(name);
        let place = |wanted: &str| rows.iter().position(|row| row == wanted);
        let (Some(here), Some(there)) = (place(name), self.last.as_deref().and_then(place)) else {
            return self.toggle(name);
        };
        self.reach = Reach::Ticked;
        for row in &rows[here.min(there)..=here.max(there)] {
            self.set(row, tick);
        }
        self.last = Some(name.to_owned());
    }

    /// Tick all rows of a page, or clear them if all are ticked.
    pub fn toggle_all(&mut self, rows: &[String]) {
        *self = if self.covers(rows) { Self::default() } else { Self::of(rows) };
    }

    /// Mean every row that matches the filter.
    pub fn take_matching(&mut self, rows: &[String]) {
        *self = Self { reach: Reach::Matching, ..Self::of(rows) };
    }

    /// Tick nothing.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Tell how far the selection goes.
    #[must_use]
    pub const fn reach(&self) -> Reach {
        self.reach
    }

    /// Tell whether a row is ticked.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    /// Tell whether every row of a page is ticked; never for an empty page.
    #[must_use]
    pub fn covers(&self, rows: &[String]) -> bool {
        !rows.is_empty() && rows.iter().all(|row| self.contains(row))
    }

    /// List the ticked rows.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.names.clone()
    }

    /// Count the ticked rows.
    #[must_use]
    pub fn len(&self) -> u32 {
        u32::try_from(self.names.len()).unwrap_or(u32::MAX)
    }

    /// Tell whether nothing is ticked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    fn of(rows: &[String]) -> Self {
        let mut selection = Self::default();
        for row in rows {
            selection.set(row, true);
        }
        selection
    }

    fn set(&mut self, name: &str, tick: bool) {
        match (self.place(name), tick) {
            (Err(at), true) => self.names.insert(at, name.to_owned()),
            (Ok(at), false) => drop(self.names.remove(at)),
            _ => {}
        }
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.names.binary_search_by(|known| known.as_str().cmp(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<String> {
        ["ann", "bob", "cid", "dan", "eve"].map(String::from).to_vec()
    }

    #[test]
    fn shift_ticks_the_range_from_the_row_touched_last() {
        let mut selection = Selection::default();
        selection.toggle("dan");
        selection.extend_to(&rows(), "bob");
        assert_eq!(selection.names(), ["bob", "cid", "dan"]);
        selection.extend_to(&rows(), "cid");
        assert_eq!(selection.names(), ["dan"], "clearing a row by range clears the range");
    }

    #[test]
    fn a_range_without_a_beginning_is_one_row() {
        let mut selection = Selection::default();
        selection.extend_to(&rows(), "cid");
        assert_eq!(selection.names(), ["cid"]);
    }

    #[test]
    fn all_is_a_switch() {
        let mut selection = Selection::default();
        selection.toggle("bob");
        selection.toggle_all(&rows());
        assert!(selection.covers(&rows()));
        selection.toggle_all(&rows());
        assert!(selection.is_empty());
        assert!(!selection.covers(&[]), "an empty page is never all ticked");
    }

    #[test]
    fn touching_a_row_narrows_the_selection_to_what_is_ticked() {
        let mut selection = Selection::default();
        selection.take_matching(&rows());
        assert_eq!(selection.reach(), Reach::Matching);
        selection.toggle("ann");
        assert_eq!((selection.reach(), selection.len()), (Reach::Ticked, 4));
    }
}
