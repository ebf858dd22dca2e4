//! A table of workloads by groups in one piece of memory: the plan and the model are such tables,
//! and a vector of vectors spends a good part of a calm tick on allocating its rows.

use std::ops::{Index, IndexMut};

/// Rows of equal width, indexed as `grid[row][column]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grid<T> {
    cells: Vec<T>,
    width: usize,
}

impl<T> Grid<T> {
    /// No rows yet, each to be `width` wide.
    pub(crate) fn of_width(width: usize, rows: usize) -> Self {
        Self {
            cells: Vec::with_capacity(width * rows),
            width,
        }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: impl Iterator<Item = T>) {
        self.cells.extend(row);
        debug_assert!(
            self.width == 0 || self.cells.len().is_multiple_of(self.width),
            "every row has the same width"
        );
    }

    /// All cells, row by row.
    pub(crate) fn cells(&self) -> std::slice::Iter<'_, T> {
        self.cells.iter()
    }

    /// The same table of what `f` makes of each cell.
    pub(crate) fn map<U>(&self, f: impl FnMut(&T) -> U) -> Grid<U> {
        Grid {
            cells: self.cells.iter().map(f).collect(),
            width: self.width,
        }
    }
}

impl<T: Clone> Grid<T> {
    /// A table filled with `value`.
    pub(crate) fn filled(rows: usize, width: usize, value: T) -> Self {
        Self {
            cells: vec![value; rows * width],
            width,
        }
    }
}

impl<T> Index<usize> for Grid<T> {
    type Output = [T];

    fn index(&self, row: usize) -> &[T] {
        &self.cells[row * self.width..(row + 1) * self.width]
    }
}

impl<T> IndexMut<usize> for Grid<T> {
    fn index_mut(&mut self, row: usize) -> &mut [T] {
        &mut self.cells[row * self.width..(row + 1) * self.width]
    }
}
