//! Rows whose fields stand between commas, semicolons or tabs, some of them in quotes (RFC 4180).
//!
//! Nearly no row has a quote, and then nothing is copied.

/// What may stand between fields.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// The fields that a row may have at most.
const MOST_FIELDS: usize = super::table::MOST_COLUMNS;

/// Cuts the lines of one file.
pub(super) struct Separated {
    separator: u8,
    /// The fields of a row with quotes, one after the other.
    unquoted: Vec<u8>,
}

impl Separated {
    /// Of a file with commas, until its header tells otherwise.
    pub(super) fn new() -> Self {
        Self {
            separator: SEPARATORS[0],
            unquoted: Vec::new(),
        }
    }

    /// Takes what is most often between the names of the columns.
    pub(super) fn begin(&mut self, header: &[u8]) {
        let count = |separator: u8| header.split(|byte| *byte == separator).count();
        // Of equals the first, so that a header of one column has commas.
        let most = SEPARATORS
            .into_iter()
            .rev()
            .max_by_key(|separator| count(*separator));
        self.separator = most.unwrap_or(SEPARATORS[0]);
    }

    /// Cuts a line into fields, without the blanks and quotes around them, and says how many there are; those beyond
    /// the array are counted only. An error says what is wrong with the quotes.
    pub(super) fn split<'a>(
        &'a mut self,
        line: &'a [u8],
        fields: &mut [&'a [u8]; MOST_FIELDS],
    ) -> Result<usize, &'static str> {
        if line.contains(&b'"') {
            return self.split_quoted(line, fields);
        }
        let separator = self.separator;
        let mut count = 0;
        for field in line.split(|byte| *byte == separator) {
            if let Some(slot) = fields.get_mut(count) {
                *slot = field.trim_ascii();
            }
            count += 1;
        }
        Ok(count)
    }

    fn split_quoted<'a>(
        &'a mut self,
        line: &[u8],
        fields: &mut [&'a [u8]; MOST_FIELDS],
    ) -> Result<usize, &'static str> {
        self.unquoted.clear();
        let mut ends = [0; MOST_FIELDS];
        let mut count = 0;
        let mut rest = Some(line);
        while let Some(line) = rest {
            rest = self.take_field(line)?;
            if let Some(end) = ends.get_mut(count) {
                *end = self.unquoted.len();
            }
            count += 1;
        }
        let mut start = 0;
        for (slot, end) in fields.iter_mut().zip(ends).take(count) {
            *slot = &self.unquoted[start..end];
            start = end;
        }
        Ok(count)
    }

    /// Copies the first field of `line`, and gives what follows its separator.
    fn take_field<'a>(&mut self, line: &'a [u8]) -> Result<Option<&'a [u8]>, &'static str> {
        let begun = line.trim_ascii_start();
        let Some(mut inside) = begun.strip_prefix(b"\"") else {
            let end = line.iter().position(|byte| *byte == self.separator);
            let field = &line[..end.unwrap_or(line.len())];
            self.unquoted.extend_from_slice(field.trim_ascii());
            return Ok(end.map(|end| &line[end + 1..]));
        };
        loop {
            let Some(quote) = inside.iter().position(|byte| *byte == b'"') else {
                return Err("a quote is not closed in its line");
            };
            self.unquoted.extend_from_slice(&inside[..quote]);
            inside = &inside[quote + 1..];
            match inside.strip_prefix(b"\"") {
                // Two quotes are one that is meant.
                Some(after) => {
                    self.unquoted.push(b'"');
                    inside = after;
                }
                None => break,
            }
        }
        match inside.iter().position(|byte| *byte == self.separator) {
            Some(end) if inside[..end].trim_ascii().is_empty() => Ok(Some(&inside[end + 1..])),
            None if inside.trim_ascii().is_empty() => Ok(None),
            _ => Err("something follows a quoted field"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(header: &str, line: &str) -> Result<Vec<String>, &'static str> {
        let mut rows = Separated::new();
        rows.begin(header.as_bytes());
        let mut fields = [&[][..]; MOST_FIELDS];
        let count = rows.split(line.as_bytes(), &mut fields)?;
        let texts = fields[..count]
            .iter()
            .map(|field| String::from_utf8_lossy(field));
        Ok(texts.map(std::borrow::Cow::into_owned).collect())
    }

    #[test]
    fn fields_are_cut_where_the_header_says_and_quotes_hold_together() {
        for (header, line, fields) in [
            ("a,b", "1, 2 ", &["1", "2"][..]),
            ("a;b", "0,5;2", &["0,5", "2"]),
            ("a\tb", "1\t\t2", &["1", "", "2"]),
            ("a", "1", &["1"]),
            ("a,b", "\"shop, web\",2", &["shop, web", "2"]),
            ("a,b", " \"say \"\"hi\"\"\" ,\"\"", &["say \"hi\"", ""]),
            ("a,b", "5\" pipe,2", &["5\" pipe", "2"]),
            ("a,b", "\"\"\"\",", &["\"", ""]),
        ] {
            let expected = fields.iter().map(|field| (*field).to_owned()).collect();
            assert_eq!(split(header, line), Ok(expected), "{line}");
        }
    }

    #[test]
    fn quotes_that_do_not_fit_are_refused() {
        assert_eq!(
            split("a,b", "\"1,2"),
            Err("a quote is not closed in its line")
        );
        assert_eq!(
            split("a,b", "\"1\"x,2"),
            Err("something follows a quoted field")
        );
    }
}
