//! The little HTML that the page needs.

use std::fmt::{self, Display};

/// Text that came from users (names, reasons), safe between tags and in quoted attributes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a>(pub &'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            f.write_str(&rest[..at])?;
            f.write_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            })?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_html_reads_as_markup_is_left() {
        let text = Text("a<b>&\"'ü</b>").to_string();
        assert_eq!(text, "a&lt;b&gt;&amp;&quot;&#39;ü&lt;/b&gt;");
    }
}
