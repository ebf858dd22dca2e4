//! The page as a reader's browser gets it.

mod made_up;

use std::fs;
use std::path::Path;

use made_up::STYLES;
use spillway_sim::record::{AppliedFault, FaultSpan};
use spillway_sim::report::{Run, render};
use spillway_solver::units::Millis;

const DAY: usize = 1_440;

fn runs(minutes: usize) -> Vec<Run> {
    STYLES
        .iter()
        .map(|style| made_up::run(*style, minutes))
        .collect()
}

/// Kept in the build folder, to be looked at.
fn keep(name: &str, page: &str) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(path, page).expect("the build folder can be written");
}

#[test]
fn the_page_of_a_day_stays_below_2_mb_and_that_of_a_month_below_5() {
    for (name, minutes, most) in [
        ("day.html", DAY, 2_000_000),
        ("month.html", 30 * DAY, 5_000_000),
    ] {
        let page = render(&runs(minutes));
        keep(name, &page);
        assert!(page.len() < most, "{name}: {} bytes", page.len());
    }
}

#[test]
fn faults_stand_in_a_table_and_darken_the_ground_of_the_plots() {
    let calm = render(&runs(240));
    assert!(!calm.contains("class=fault"));
    let mut runs = runs(240);
    for run in &mut runs {
        let from_ms = run.record.meta.start_ms.plus(Millis(3_600_000));
        run.record.faults = vec![AppliedFault {
            kind: "clusterLost".into(),
            target: "<dc-berlin>".into(),
            times: 1,
            struck: 17,
            spans: vec![FaultSpan {
                from_ms,
                until_ms: Some(from_ms.plus(Millis(1_800_000))),
            }],
        }];
    }
    let page = render(&runs);
    assert!(
        page.contains("<td>clusterLost<td>&lt;dc-berlin&gt;"),
        "escaped"
    );
    // An hour of four begins at a quarter of 1,000 and lasts an eighth.
    assert!(page.contains("<rect class=fault x=250.0 y=0 width=125.0"));
}

#[test]
fn the_page_asks_no_network_for_anything() {
    let page = render(&runs(DAY));
    for fetch in [
        "http:", "https:", "//cdn", "<link", "@import", "url(", "src=", "fetch(",
    ] {
        assert!(!page.contains(fetch), "found {fetch}");
    }
}

#[test]
fn names_from_users_are_text_and_never_markup() {
    let evil = "<script>alert(1)</script>\"'&";
    let mut run = made_up::run(STYLES[0], 240);
    run.record.meta.name = evil.into();
    run.record.meta.inputs[0].name = evil.into();
    run.record.meta.clusters[0].name = evil.into();
    run.record.meta.point_process = Some(evil.into());
    run.record.meta.versions.core = evil.into();
    for workload in &mut run.record.workloads {
        workload.id = evil.into();
    }
    for node in &mut run.record.nodes {
        node.node = evil.into();
        node.group = evil.into();
    }
    for change in &mut run.changes {
        change.workload = evil.into();
        change.clusters[0].cluster = evil.into();
        change.why[0].detail = evil.into();
    }
    let page = render(&[run]);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
    assert_eq!(page.matches("<script").count(), 1, "only the page's own");
}

#[test]
fn every_picture_is_well_formed() {
    let page = render(&runs(DAY));
    let mut pictures = 0;
    for rest in page.split("<svg").skip(1) {
        let (svg, _) = rest.split_once("</svg>").expect("closed");
        well_formed(&format!("<svg{svg}</svg>"));
        assert!(
            !svg.contains("NaN") && !svg.contains("inf"),
            "a figure is missing"
        );
        pictures += 1;
    }
    assert_eq!(pictures, 3 * (2 + 2 + 1 + 1), "runs times panels");
}

/// Tags nest, attributes are quoted.
fn well_formed(xml: &str) {
    let mut open = Vec::new();
    for tag in xml.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("a tag ends");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "closes what is open");
            continue;
        }
        let name = tag.split([' ', '/']).next().expect("a tag has a name");
        let attributes = tag[name.len()..].trim_end_matches('/');
        for (index, part) in attributes.split('"').enumerate() {
            let outside = index % 2 == 0;
            assert!(
                !outside || part.trim().is_empty() || part.ends_with('='),
                "{tag}"
            );
        }
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert_eq!(open, Vec::<&str>::new(), "nothing is left open");
}

#[test]
fn a_run_without_anything_in_it_has_a_page_too() {
    let mut empty = made_up::run(STYLES[0], 1);
    empty.record.series.clear();
    empty.record.nodes.clear();
    empty.record.workloads.clear();
    empty.record.summary = spillway_sim::record::Summary::default();
    empty.changes.clear();
    for page in [render(&[empty]), render(&[])] {
        assert!(page.ends_with("</html>\n"));
        assert!(!page.contains("NaN"));
    }
}
