//! The known word that an unknown one may mean.

/// The message about a field that is not known, with the field that may be meant.
pub(crate) fn unknown(key: &str, known: &[&str]) -> String {
    match nearest(key, known) {
        Some(name) => format!("is not known: did you mean `{name}`?"),
        None if known.is_empty() => "is not known: nothing is expected here".to_owned(),
        None => format!("is not known: the fields here are {}", known.join(", ")),
    }
}

/// The known word that is at most two slips away, whatever its case.
#[must_use]
pub fn nearest<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let folded = |text: &str| text.to_lowercase().replace(['_', '-'], "");
    let near = known.iter().filter_map(|name| {
        let distance = distance(&folded(key), &folded(name));
        (distance <= 2 && distance < name.len()).then_some((distance, *name))
    });
    near.min().map(|(_, name)| name)
}

/// Levenshtein distance of two short words; longer ones are simply far.
fn distance(a: &str, b: &str) -> usize {
    const LONGEST: usize = 64;
    if a.len() > LONGEST || b.len() > LONGEST {
        return usize::MAX;
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
