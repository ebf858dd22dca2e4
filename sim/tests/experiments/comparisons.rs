//! Comparisons over seeds, and conditions on them.

use spillway_sim::cli::Outcome;

use super::Folder;

#[test]
fn a_comparison_over_seeds_is_the_same_with_any_number_of_threads() {
    let folder = Folder::new("seeds");
    for jobs in ["1", "3"] {
        let answer = folder.compare(jobs, &["--seeds", "1..3", "--jobs", jobs]);
        assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);
        for says in [
            "Mean of 3 seeds",
            "hpa-ca is",
            "95 % interval",
            "the difference is clear",
        ] {
            assert!(
                answer.out.contains(says),
                "{says} is missing in\n{}",
                answer.out
            );
        }
    }
    for file in [
        "summary.json",
        "report.html",
        "spillway/decisions.jsonl",
        "hpa-ca/timeseries.csv",
    ] {
        let [one, three] = ["1", "3"].map(|jobs| folder.read(&format!("{jobs}/{file}")));
        assert!(one == three, "{file} differs");
    }
    let summary: serde_json::Value =
        serde_json::from_str(&folder.read("1/summary.json")).expect("JSON");
    assert_eq!(summary["overSeeds"]["schemaVersion"], 1);
    assert_eq!(summary["overSeeds"]["seeds"], serde_json::json!([1, 2, 3]));
    let runs = summary["runs"].as_array().expect("a list");
    assert!(
        runs.iter().all(|run| run["meta"]["seed"] == 1),
        "files are of the first seed"
    );
    assert!(folder.read("1/report.html").contains("class=whisker"));
}

#[test]
fn a_condition_that_is_met_ends_with_exit_code_1() {
    let folder = Folder::new("fail-if");
    let answer = folder.compare(
        "cheap",
        &["--fail-if", "cost > +500%", "--fail-if", "moves > +100"],
    );
    assert_eq!(
        answer.outcome,
        Outcome::Findings,
        "public clouds cost more than electricity"
    );
    assert!(
        answer
            .err
            .contains("failed: `cost > +500%` is met: hpa-ca is "),
        "{}",
        answer.err
    );
    assert!(!answer.err.contains("`moves"), "{}", answer.err);
    let answer = folder.compare("dear", &["--baseline", "hpa-ca", "--fail-if", "cost > +5%"]);
    assert_eq!(answer.outcome, Outcome::Done, "{}", answer.err);

    let answer = folder.compare("bad", &["--baseline", "kubernetes"]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    assert!(
        answer
            .err
            .contains("no run is called `kubernetes`; there are spillway, hpa-ca"),
        "{}",
        answer.err
    );
    let answer = folder.compare("bad", &["--fail-if", "cost > 5%"]);
    assert_eq!(answer.outcome, Outcome::BadInput);
    assert!(answer.err.contains("without its sign"), "{}", answer.err);
    let answer = folder.compare(
        "bad",
        &["--fail-if", "cots > +5%", "--fail-if", "late >= +1 points"],
    );
    assert_eq!(answer.outcome, Outcome::BadInput);
    for says in [
        "`cots`: did you mean cost?",
        "`late >= +1 points` compares with `=`",
    ] {
        assert!(
            answer.err.contains(says),
            "all at once: {says} is missing in {}",
            answer.err
        );
    }
}
