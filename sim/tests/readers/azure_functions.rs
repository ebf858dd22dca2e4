//! Azure Functions, of 2019 with counts and of 2021 with single invocations.

use spillway_sim::time::Nanos;
use spillway_sim::trace::{Format, TraceOptions};

use super::{
    fixture, fixture_path, fixtures_refusal, options, read_fixtures, read_text, refusal, short,
};

#[test]
fn minutes_of_all_functions_are_added_and_a_day_without_a_file_is_a_gap() {
    let files = ["azure_2019.d03.csv", "azure_2019.d01.csv"];
    let whole = read_fixtures(&files, &options()).unwrap_or_else(|error| panic!("{error}"));
    let minutes: Vec<_> = short(&whole).iter().map(|(at, ..)| at / 60_000).collect();
    let third = 2 * 1_440 + 1;
    assert_eq!(minutes, [0, 0, 0, 1_439, third, third, third]);
    assert_eq!(whole.notes.format, Some(Format::AzureFunctions2019));
    assert_eq!(
        (whole.notes.gaps.count, whole.notes.gaps.missing_bins),
        (1, 1_440)
    );
    assert_eq!(whole.notes.end, Nanos::from_secs(3 * 86_400));
}

#[test]
fn durations_tell_the_mean_service_time_of_each_workload() {
    let options = TraceOptions {
        workload_label: Some("HashFunction".to_owned()),
        durations: vec![fixture_path("azure_2019_durations.csv")],
        service_mean: None,
        ..options()
    };
    let whole = read_fixtures(&["azure_2019.d01.csv"], &options);
    let whole = whole.unwrap_or_else(|error| panic!("{error}"));
    // f: (10 x 100 ms + 30 x 200 ms) / 40; g: 1000.5 ms.
    let services: Vec<_> = whole
        .arrivals
        .iter()
        .map(|a| (whole.workloads[a.workload as usize].as_str(), a.service.0))
        .collect();
    assert_eq!(
        services,
        [
            ("f", 175_000_000),
            ("g", 1_000_500_000),
            ("f", 175_000_000),
            ("f", 175_000_000)
        ]
    );
}

#[test]
fn invocations_of_functions_without_a_duration_are_counted_and_what_they_get_is_said() {
    // Functions f and g were invoked, and only f has a duration.
    let folder = std::env::temp_dir().join(format!("spillway-durations-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let durations = folder.join("durations.csv");
    let text = "HashOwner,HashApp,HashFunction,Average,Count\no,a,f,100,10\n";
    std::fs::write(&durations, text).expect("a file");
    let files = ["azure_2019.d01.csv"];
    let known = TraceOptions {
        durations: vec![durations],
        ..options()
    };
    let whole = read_fixtures(&files, &known).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        whole.notes.remarks,
        [
            "1 of 4 invocations are of functions without a duration: they get the mean of the others of their workload"
        ]
    );
    let apart = TraceOptions {
        workload_label: Some("HashFunction".to_owned()),
        ..known.clone()
    };
    let whole = read_fixtures(&files, &apart).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        whole.notes.remarks,
        ["1 of 4 invocations are of functions without a duration: they get --service-mean, 0.1s"]
    );
    let narrow = TraceOptions {
        bin_width: Some(Nanos::from_secs(7)),
        ..known
    };
    assert_eq!(
        fixtures_refusal(&files, &narrow),
        "azure_2019.d01.csv:1: the counts are of minutes, but a bin is 7s wide (--bin-width); leave --bin-width out"
    );
    std::fs::remove_dir_all(&folder).expect("its own folder");
}

#[test]
fn what_is_wrong_with_a_day_is_said_with_line_and_minute() {
    assert_eq!(
        fixtures_refusal(&["broken_azure_2019.csv"], &options()),
        "\
broken_azure_2019.csv:2: 1: `x` is not a count; write a whole number, 0 or more
broken_azure_2019.csv:2: 3: `-1` is not a count; write a whole number, 0 or more
broken_azure_2019.csv:3: the row has 2 counts; write HashOwner,HashApp,HashFunction,Trigger and 1440 counts"
    );
    let twice = ["azure_2019.d01.csv", "azure_2019.d01.csv"];
    assert_eq!(
        fixtures_refusal(&twice, &options()),
        "azure_2019.d01.csv:1: day 1 was given before; name each day once"
    );
    let no_day = ["azure_2019.d01.csv", "broken_azure_2019.csv"];
    assert!(
        fixtures_refusal(&no_day, &options())
            .starts_with("broken_azure_2019.csv:1: the name does not tell which day it is")
    );
    let no_mean = TraceOptions {
        service_mean: None,
        ..options()
    };
    assert!(
        fixtures_refusal(&["azure_2019.d01.csv"], &no_mean)
            .contains("nothing says how long a request takes")
    );
}

#[test]
fn a_function_that_is_there_twice_on_a_day_is_refused_and_counted_once_with_each_trigger() {
    let day = fixture("azure_2019.d01.csv");
    let row = day.lines().nth(1).expect("a function");
    let lines = day.lines().count();
    assert_eq!(
        refusal(format!("{day}{row}\n").as_bytes(), &options()),
        format!(
            "trace.csv:{}: HashFunction: the function is there twice, first in line 2; keep one row for each function and trigger",
            lines + 1
        )
    );
    let mut labels: Vec<&str> = row.split(',').collect();
    labels[3] = "another";
    let other = read_text(&format!("{day}{}\n", labels.join(",")), &options());
    assert_eq!(other.notes.rows, lines as u64);
}

#[test]
fn an_invocation_arrives_its_duration_before_its_end() {
    let options = TraceOptions {
        workload_label: Some("func".to_owned()),
        ..options()
    };
    let whole = read_fixtures(&["azure_2021.csv"], &options);
    let whole = whole.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        short(&whole),
        [
            (0, 500, "f"),
            (500, 2_000, "f"),
            (2_000, 1_000, "g"),
            (4_000, 0, "f")
        ]
    );
}

#[test]
fn an_invocation_older_than_the_window_is_refused_and_a_longer_window_takes_it() {
    assert_eq!(
        fixtures_refusal(&["broken_azure_2021.csv"], &options()),
        "\
broken_azure_2021.csv:3: duration: `x` is not a number; write the seconds that it ran, 0 or more"
    );
    let late = "app,func,end_timestamp,duration\na,f,5000,1\na,f,6000,1\na,f,5000,2\n";
    let message = super::refusal(late.as_bytes(), &options());
    assert_eq!(
        message,
        "trace.csv:4: end_timestamp: the request arrived 1002s before the latest row, beyond the window of 600s; \
allow for longer requests (--reorder-window 1h), or sort the rows by the time of their end"
    );
    let hour = TraceOptions {
        reorder_window: Nanos::from_secs(3_600),
        ..options()
    };
    let whole = super::read_text(late, &hour);
    let times: Vec<_> = short(&whole).iter().map(|(at, ..)| *at).collect();
    assert_eq!(times, [4_998_000, 4_999_000, 5_999_000]);
}
