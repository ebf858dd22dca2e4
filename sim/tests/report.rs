//! The page as a reader's browser gets it.

mod made_up;

use std::fs;
use std::path::Path;

use made_up::STYLES;
use spillway_sim::experiment::OverSeeds;
use spillway_sim::experiment::statistics::Sampled;
use spillway_sim::figures::RunTotals;
use spillway_sim::record::{AppliedFault, FaultSpan, MoneySpent, Summary};
use spillway_sim::report::{Run, render, render_over_seeds};
use spillway_solver::units::{MicroUsd, Millis};

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
fn the_page_of_a_month_of_all_autoscalers_stays_below_5_mb() {
    let month = runs(30 * DAY);
    let all: Vec<Run> = (0..18)
        .map(|n| {
            let mut run = month[n % month.len()].clone();
            run.record.meta.name = format!("autoscaler {n}");
            run
        })
        .collect();
    let page = render(&all);
    keep("all.html", &page);
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
}

#[test]
fn faults_stand_in_a_table_and_darken_the_ground_of_the_plots() {
    let calm = render(&runs(240));
    assert!(!calm.contains("class=\"fault\""));
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
    assert!(page.contains("<rect class=\"fault\" x=\"250.0\" y=\"0\" width=\"125.0\""));
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
    // Cells of three, a minute, and for each of two workloads replicas and delay; money and nodes.
    assert_eq!(pictures, 3 * (3 + 1 + 2 + 2 + 1 + 1), "runs times panels");
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
fn pictures_come_before_tables_and_each_section_is_there() {
    let page = render(&runs(DAY));
    let mut at = 0;
    for heading in [
        "Cost and lateness",
        "Each run",
        "Where the money went",
        "The slowest minute",
        "Totals",
        "Demand and replicas",
        "Queue delay",
        "Money",
        "Public nodes",
        "Decisions",
        "Inputs",
    ] {
        let heading = format!("<h2>{heading}</h2>");
        let found = page[at..].find(&heading);
        at += found.unwrap_or_else(|| panic!("{heading} is missing or too early"));
    }
    let alone = render(&runs(240)[..1]);
    assert!(
        !alone.contains("<h2>Cost and lateness"),
        "one run trades nothing off"
    );
    assert!(alone.contains("<h2>Where the money went"));
}

/// The values of an attribute, in double quotes or without.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let before = format!(" {attribute}=");
    let rests = page.split(before.as_str()).skip(1);
    rests
        .map(|rest| match rest.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next().unwrap_or_default(),
            None => rest.split([' ', '>']).next().unwrap_or_default(),
        })
        .collect()
}

#[test]
fn whoever_hears_the_page_or_goes_by_keyboard_misses_nothing() {
    let page = render(&runs(DAY));
    for (tag, name) in [
        ("<svg", "aria-label=\""),
        ("<div class=scroll", "aria-label=\""),
        ("<a ", "aria-label=\""),
        ("<table class=waterfall", "<caption>"),
        ("<div class=scroll", "tabindex=0"),
    ] {
        for rest in page.split(tag).skip(1) {
            let (_, named) = rest
                .split_once(name)
                .unwrap_or_else(|| panic!("{tag} without {name}"));
            assert!(!named.starts_with(['"', '<']), "{tag} with an empty {name}");
            let begin = &rest[..rest.find(name).unwrap_or(0)];
            assert!(!begin.contains(tag), "{tag} without {name}");
        }
    }
    let ids = values(&page, "id");
    let mut distinct = ids.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), ids.len(), "ids are unique");
    let links = values(&page, "href");
    assert_eq!(links.len(), 3, "a point a run");
    for link in links {
        let target = link.strip_prefix('#').expect("nothing leads off the page");
        assert!(ids.contains(&target), "{link} leads nowhere");
    }
    assert!(page.starts_with("<!doctype html>\n<html lang=en>"));
    assert_eq!(page.matches("<h1>").count(), 1);
    assert!(page.contains("@media print"));
}

#[test]
fn the_waterfall_ends_at_the_cost_and_names_each_step() {
    let page = render(&runs(DAY)[..1]);
    let (_, table) = page.split_once("<table class=waterfall>").expect("drawn");
    let (table, _) = table.split_once("</table>").expect("closed");
    let steps: Vec<&str> = table
        .split("<th scope=row>")
        .skip(1)
        .map(|row| row.split('<').next().unwrap_or_default())
        .collect();
    assert_eq!(
        steps,
        [
            "least possible",
            "starts of nodes",
            "empty room",
            "idle replicas",
            "place and time",
            "cost"
        ]
    );
    // Each step begins where the last one ended: 80 % of the cost are the least, then 2, 5 and 10 % and the rest.
    let bars: Vec<&str> = values(table, "style");
    assert_eq!(
        bars,
        [
            "left:0.00%;width:80.00%",
            "left:80.00%;width:2.00%",
            "left:82.00%;width:5.00%",
            "left:87.00%;width:10.00%",
            "left:97.00%;width:3.00%",
            "left:0.00%;width:100.00%"
        ]
    );
}

#[test]
fn the_slowest_minute_is_told_in_words_with_its_decision_and_without_one() {
    let mut runs = runs(DAY);
    runs[1].record.meta.autoscaler = "threshold-burst".into();
    runs[2].record.slowest = None;
    let page = render(&runs);
    for words in [
        "Mon 4, 12:30 to 12:31 UTC: a request of shop/web waited 9 s, 4.5 times the 2 s of the objective; 120 waited at \
         the end. Demand took 20 replicas; at its end 19 were asked for and 15 Ready, too few.",
        "At 12:30:45 the decision was 21 replicas, 2 of them without a place:",
        "no place: the money cap binds: 2 without a place: 1 USD an hour <code>MoneyCap</code>",
        "It is a baseline and gives no reasons.",
        "No request waited in any minute.",
    ] {
        assert!(page.contains(words), "{words}");
    }
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

#[test]
fn numbers_of_runs_that_would_hide_one_another_stand_aside_at_the_end_of_a_line() {
    let mut runs = runs(240);
    runs.truncate(2);
    runs[1].record.summary = runs[0].record.summary.clone();
    assert_eq!(
        render(&runs).matches("<i class=leader").count(),
        2,
        "of runs in one place"
    );
    let money = &mut runs[1].record.summary.money;
    money.on_demand = MicroUsd(100 * money.on_demand.0.max(1_000_000));
    assert!(!render(&runs).contains("<i class=leader"), "far apart");
}

#[test]
fn a_run_far_dearer_than_the_others_has_a_waterfall_on_a_scale_of_its_own() {
    let mut runs = runs(240);
    let dollars = [30, 40, 2_000];
    for (run, dollars) in runs.iter_mut().zip(dollars) {
        run.record.summary.bound = None;
        run.record.summary.money = MoneySpent {
            on_demand: MicroUsd(dollars * 1_000_000),
            ..MoneySpent::default()
        };
    }
    let page = render(&runs);
    let widths: Vec<&str> = page
        .split("<tr class=whole>")
        .skip(1)
        .filter_map(|row| row.split("width:").nth(1)?.split('"').next())
        .collect();
    assert_eq!(widths, ["75.00%", "100.00%", "100.00%"]);
    let own = "<caption>private-only <small>on its own scale: 50 times the others'</small>";
    assert!(page.contains(own));
    assert_eq!(page.matches("on its own scale").count(), 1);
}

#[test]
fn the_headline_over_seeds_is_of_all_of_them_and_names_no_winner_by_chance() {
    let runs = &runs(240)[..2];
    let names: Vec<String> = runs
        .iter()
        .map(|run| run.record.meta.name.clone())
        .collect();
    let dollars = [10, 12, 10, 7];
    let totals: Vec<RunTotals> = dollars
        .into_iter()
        .map(|dollars| RunTotals {
            summary: Summary {
                money: MoneySpent {
                    spot: MicroUsd(dollars * 1_000_000),
                    ..MoneySpent::default()
                },
                ..Summary::default()
            },
            workloads: Vec::new(),
        })
        .collect();
    let over = OverSeeds::of(&names, &[1, 2], 0, &totals, Sampled::Draws);
    let page = render_over_seeds(runs, &over);
    assert!(page.contains(
        "<h1>threshold-burst and spillway kept late requests to 1 % in the mean of 2 seeds, from $9.50 on; no difference \
         of their costs can be shown</h1>"
    ));
    assert!(page.contains("means of 2 seeds, pictures of seed"));
}

#[test]
fn a_long_path_in_a_warning_breaks_instead_of_widening_the_page() {
    let page = render(&runs(240));
    let (_, rule) = page.split_once(".warnings {").expect("styled");
    let (rule, _) = rule.split_once('}').expect("closed");
    assert!(rule.contains("overflow-wrap: anywhere"), "{rule}");
}
