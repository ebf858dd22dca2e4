//! The names of figures and the page that explains them.

use std::fs;
use std::path::Path;

use spillway_sim::figures;

#[test]
fn every_figure_stands_in_the_documentation_and_no_other() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/metrics.md");
    let text = fs::read_to_string(path).expect("it is there");
    let mut told: Vec<&str> = Vec::new();
    for table in text.split("\n| figure |").skip(1) {
        let rows = table
            .lines()
            .skip(1)
            .take_while(|line| line.starts_with('|'));
        let names = rows.filter_map(|row| row.split('|').nth(1));
        told.extend(names.flat_map(|cell| cell.split('`').skip(1).step_by(2)));
    }
    let mut known: Vec<&str> = figures::all()
        .flat_map(|figure| [figure.name, figure.short])
        .collect();
    known.retain(|name| !name.is_empty());
    told.sort_unstable();
    known.sort_unstable();
    assert_eq!(told, known);
}
