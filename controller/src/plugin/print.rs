//! How an answer leaves: as a page for people, or as its view for programs.

use std::io::{self, Write};

use clap::ValueEnum;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;

/// Form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// For people
    Table,
    /// For programs
    Json,
    /// For programs that people read
    Yaml,
}

/// Where an answer goes.
pub(super) struct Printer<'a> {
    form: Form,
    paint: Paint,
    out: &'a mut dyn Write,
}

impl<'a> Printer<'a> {
    pub(super) fn new(form: Form, colours: bool, out: &'a mut dyn Write) -> Self {
        Self {
            form,
            paint: Paint(colours),
            out,
        }
    }

    /// Prints a view, for people as its page.
    pub(super) fn show<V: Serialize>(
        &mut self,
        view: &V,
        page: impl FnOnce(&V, Paint) -> String,
    ) -> anyhow::Result<()> {
        let text = match self.form {
            Form::Table => page(view, self.paint),
            Form::Json => serde_json::to_string_pretty(view)? + "\n",
            Form::Yaml => serde_saphyr::to_string(view)?,
        };
        self.raw(text.as_bytes())?;
        Ok(())
    }

    /// Prints what has a form of its own.
    pub(super) fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()
    }
}

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint(pub bool);

impl Paint {
    /// The title of a part.
    pub(super) fn title(self, text: &str) -> String {
        self.dye("1", text)
    }

    /// Something to act on.
    pub(super) fn alarm(self, text: &str) -> String {
        self.dye("31", text)
    }

    fn dye(self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// A table without lines, as kubectl prints them; the columns named in `right` hold numbers.
pub(super) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
    right: &[usize],
) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for column in right {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let text = table.to_string();
    let lines = text.lines().map(|line| line.trim_end().to_owned() + "\n");
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(form: Form, colours: bool) -> String {
        let mut out = Vec::new();
        Printer::new(form, colours, &mut out)
            .show(&[1, 2], |view, paint| {
                paint.title(&format!("{} numbers", view.len()))
            })
            .expect("memory takes all");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn people_get_a_page_and_programs_the_view() {
        assert_eq!(printed(Form::Table, false), "2 numbers");
        assert_eq!(printed(Form::Json, true), "[\n  1,\n  2\n]\n");
        assert_eq!(printed(Form::Yaml, true), "- 1\n- 2\n");
    }

    #[test]
    fn a_pipe_gets_no_colours() {
        assert!(!printed(Form::Table, false).contains('\u{1b}'));
        assert!(printed(Form::Table, true).contains('\u{1b}'));
    }
}
