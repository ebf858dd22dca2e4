use super::*;

struct Scratch(PathBuf);

impl Scratch {
    fn new(test: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("spillway-journal-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(super) fn header(name: &str) -> Header {
    Header::new(
        Digest::of(name.as_bytes()),
        name.into(),
        vec!["World: tick".into()],
        vec!["costUsd".into()],
        3,
    )
}

pub(super) fn done(index: usize) -> Done {
    let settings = vec![serde_json::Value::from("15s")];
    Done {
        index,
        key: key(&header("a").sweep, &settings, "spillway", 1),
        point: index,
        settings,
        autoscaler: "spillway".into(),
        seed: 1,
        figures: [("costUsd".to_owned(), 0.1 + 0.2)].into(),
        warnings: Vec::new(),
    }
}

#[test]
fn a_line_that_was_cut_off_is_dropped_and_the_rest_is_kept() {
    let scratch = Scratch::new("torn");
    let mut journal = Journal::open(&scratch.0, header("a")).expect("new");
    for index in [2, 0] {
        journal.append(done(index)).expect("written");
    }
    drop(journal);
    let path = scratch.0.join(FILE);
    let text = fs::read_to_string(&path).expect("written");
    fs::write(&path, &text[..text.len() - 7]).expect("cut");

    let mut journal = Journal::open(&scratch.0, header("a")).expect("opened again");
    assert!(journal.dropped_a_line());
    assert_eq!(journal.done().collect::<Vec<_>>(), [&done(2)]);
    journal.append(done(0)).expect("written");
    let (_, lines) = journal.finish().expect("finished");
    assert_eq!(
        lines.iter().map(|line| line.done.index).collect::<Vec<_>>(),
        [0, 2]
    );
    assert_eq!(read(&scratch.0).expect("whole").1, lines);
}

#[test]
fn what_belongs_to_something_else_is_not_touched() {
    let scratch = Scratch::new("other");
    let journal = Journal::open(&scratch.0, header("a")).expect("new");
    let busy = Journal::open(&scratch.0, header("a")).expect_err("two writers");
    assert!(matches!(busy, JournalError::Busy(_)), "{busy}");
    drop(journal);
    let other = Journal::open(&scratch.0, header("b")).expect_err("another sweep");
    assert!(
        other
            .to_string()
            .contains("runs of another sweep (`a`, 3 runs)"),
        "{other}"
    );
    fs::write(scratch.0.join(FILE), "{}\n").expect("written");
    let broken = Journal::open(&scratch.0, header("a")).expect_err("no header");
    assert!(
        broken
            .to_string()
            .contains("points.jsonl:1: is no first line"),
        "{broken}"
    );
    fs::rename(scratch.0.join(FILE), scratch.0.join("thesis.txt")).expect("renamed");
    let foreign = Journal::open(&scratch.0, header("a")).expect_err("foreign");
    assert!(matches!(foreign, JournalError::Foreign(_)), "{foreign}");
}

#[test]
fn lines_that_were_altered_are_told_all_at_once_with_what_to_do() {
    let scratch = Scratch::new("altered");
    let mut journal = Journal::open(&scratch.0, header("a")).expect("new");
    for index in 0..3 {
        journal.append(done(index)).expect("written");
    }
    drop(journal);
    let path = scratch.0.join(FILE);
    let text = fs::read_to_string(&path).expect("written");
    let altered: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(n, line)| match n {
            1 => line.replace("0.30000000000000004", "0.1"),
            2 => line.replace("\"point\":1", "\"point\":2"),
            _ => line.to_owned(),
        })
        .chain(text.lines().last().map(str::to_owned))
        .collect();
    fs::write(&path, altered.join("\n") + "\n").expect("written");
    let refused = Journal::open(&scratch.0, header("a")).expect_err("altered");
    let refused = refused.to_string();
    for says in [
        "points.jsonl:2: was altered after it was written",
        "points.jsonl:3: was altered after it was written",
        "points.jsonl:5: has run 2 again; take the line out and the run is made again",
    ] {
        assert!(refused.contains(says), "{says} is missing in\n{refused}");
    }
    assert_eq!(refused.lines().count(), 3, "{refused}");
}
