//! Files that are no trace and are handed in all the same: told by their first bytes, so that the message is about the
//! file and not about a header that it never had.

use super::error::quoted;
use super::input;

/// First bytes, what they tell, and what to do.
const SIGNS: [(&[u8], &str, &str); 9] = [
    (b"BZh", "it is packed with bzip2, which is not read", REPACK),
    (
        b"\xfd7zXZ\0",
        "it is packed with xz, which is not read",
        REPACK,
    ),
    (
        b"7z\xbc\xaf\x27\x1c",
        "it is packed with 7-Zip, which is not read",
        REPACK,
    ),
    (
        b"\x04\x22\x4d\x18",
        "it is packed with lz4, which is not read",
        REPACK,
    ),
    (
        b"PK\x03\x04",
        "it is a zip archive or a spreadsheet, which is not read",
        "unpack it, or export the sheet as CSV",
    ),
    (
        b"PAR1",
        "it is a Parquet file, which is not read",
        "export it as CSV or JSON lines",
    ),
    (
        b"SQLite format 3\0",
        "it is an SQLite database, which is not read",
        "export the table as CSV",
    ),
    (b"\xff\xfe", "it is UTF-16, which is not read", UTF_8),
    (b"\xfe\xff", "it is UTF-16, which is not read", UTF_8),
];

const REPACK: &str = "unpack it, or pack it with gzip or zstd";
const UTF_8: &str = "save it as UTF-8 (iconv -f UTF-16 -t UTF-8 FILE)";
const RIGHT_PAGE: &str =
    "look at the file: a login or error page may have been saved in the place of the trace";

/// What a file is that begins with `prefix` and is surely no trace, and what to do about it.
pub(super) fn foreign(prefix: &[u8]) -> Option<(String, &'static str)> {
    if let Some(packing) = input::packing(prefix) {
        let wrong = format!("it is packed twice: inside there is {packing} again");
        return Some((wrong, "unpack it once"));
    }
    let known = SIGNS.iter().find(|(sign, ..)| prefix.starts_with(sign));
    if let Some((_, wrong, right)) = known {
        return Some(((*wrong).to_owned(), right));
    }
    let text = prefix
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(prefix)
        .trim_ascii_start();
    is_markup(text).then(|| {
        let words = page_words(text);
        (
            format!(
                "it is a web page or XML that says {}",
                quoted(words.as_bytes())
            ),
            RIGHT_PAGE,
        )
    })
}

/// `<html`, `<!DOCTYPE`, `<?xml`, and not the `<134>` of a line from syslog.
pub(super) fn is_markup(text: &[u8]) -> bool {
    match text.trim_ascii_start() {
        [b'<', next, ..] => next.is_ascii_alphabetic() || matches!(next, b'!' | b'?'),
        _ => false,
    }
}

/// The words of a web page without its tags, scripts and styles: the title comes first.
pub(super) fn page_words(page: &[u8]) -> String {
    let page = String::from_utf8_lossy(page);
    let mut words = String::new();
    let mut rest = page.as_ref();
    while let Some((text, after)) = rest.split_once('<') {
        words.push_str(text);
        words.push(' ');
        let name: String = after
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        let name = name.to_ascii_lowercase();
        let inside = after.split_once('>').map_or("", |(_, inside)| inside);
        rest = if name == "script" || name == "style" {
            inside
                .find(&format!("</{name}"))
                .map_or("", |end| &inside[end..])
        } else {
            inside
        };
    }
    words.push_str(rest);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_page_are_those_that_a_person_sees() {
        let page = b"<!DOCTYPE html><html><head><style>a{}</style><title>Sign in</title>\n\
<script>if (1 < 2) {}</script></head><body>to <b>Grafana</b>";
        assert_eq!(page_words(page), "Sign in to Grafana");
        assert_eq!(page_words(b"upstream timed out"), "upstream timed out");
        assert_eq!(page_words(b"<html"), "");
    }

    #[test]
    fn a_line_of_syslog_is_no_web_page() {
        let line = b"<134>Nov 16 18:15:46 web nginx: ::1 - - [16/Nov/2026:18:15:46 +0100] \"GET / HTTP/1.1\" 200 5";
        assert_eq!(foreign(line), None);
        assert!(foreign(b" \n<?xml version=\"1.0\"?>").is_some());
    }
}
