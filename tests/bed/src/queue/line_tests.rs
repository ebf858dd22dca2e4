use super::*;

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn pod(cluster: &str, number: usize) -> Pod {
    Pod {
        cluster: cluster.to_owned(),
        name: format!("jobs-{number}"),
    }
}

/// A line of a constant rate, whose jobs take a second.
fn line(rate: f64) -> Line {
    let profile = Profile::new(&[(Duration::ZERO, rate)]);
    Line::new(profile, seconds(1.0), ["home", "eks"])
}

fn finished(line: &Line) -> [u64; 2] {
    ["home", "eks"].map(|cluster| line.finished()[cluster])
}

#[test]
fn jobs_wait_until_a_pod_is_ready_and_are_done_in_the_order_of_their_arrivals() {
    let mut line = line(1.0);
    line.advance(seconds(10.0));
    assert_eq!((line.arrived(), line.depth()), (10, 10));
    line.ready(&pod("home", 1));
    assert_eq!(line.depth(), 9, "one is begun at once");
    line.advance(seconds(14.0));
    // Those of the first four seconds began at 10, 11, 12 and 13 s and waited 9 s each; the fifth has begun.
    assert_eq!((finished(&line), line.depth()), ([4, 0], 9));
    let figures = line.figures(seconds(8.5));
    assert_eq!((figures.arrived, figures.waiting), (14, 9));
    assert_eq!((figures.being_done, figures.late), (1, 5));
    // The waits of those that wait are 8, 7, ... 0 s.
    let waits = [figures.median, figures.p95, figures.longest];
    assert_eq!(waits, [6.0, 9.0, 9.0].map(seconds));
}

#[test]
fn as_many_pods_as_jobs_a_second_keep_the_line_empty() {
    let mut line = line(8.0);
    for number in 0..8 {
        line.ready(&pod(["home", "eks"][number % 2], number));
    }
    line.advance(seconds(100.0));
    let figures = line.figures(Duration::ZERO);
    assert_eq!(
        (figures.arrived, figures.waiting, figures.late),
        (800, 0, 0)
    );
    let [home, eks] = finished(&line);
    assert!(home.abs_diff(eks) <= 1, "{home} and {eks}");
}

#[test]
fn a_pod_that_leaves_finishes_its_job_and_takes_no_other() {
    let mut line = line(2.0);
    line.ready(&pod("home", 1));
    line.advance(seconds(0.75));
    line.leaves(&pod("home", 1));
    line.advance(seconds(5.0));
    assert_eq!((finished(&line), line.depth()), ([1, 0], 9));
    let figures = line.figures(Duration::ZERO);
    assert_eq!((figures.being_done, figures.returned), (0, 0));
}

#[test]
fn a_pod_that_was_not_ready_for_a_while_goes_on() {
    let mut line = line(1.0);
    let pod = pod("home", 1);
    line.ready(&pod);
    line.advance(seconds(1.5));
    line.leaves(&pod);
    line.ready(&pod);
    line.advance(seconds(4.5));
    assert_eq!((finished(&line), line.depth()), ([3, 0], 0));
    line.advance(seconds(5.0));
    line.leaves(&pod);
    line.advance(seconds(6.0));
    line.ready(&pod);
    line.advance(seconds(8.0));
    assert_eq!(line.figures(Duration::ZERO).returned, 0);
    assert_eq!(finished(&line), [7, 0]);
}

#[test]
fn the_job_of_a_pod_that_is_gone_is_the_first_again() {
    let mut line = line(1.0);
    line.ready(&pod("home", 1));
    line.advance(seconds(1.5));
    line.gone(&pod("home", 1));
    assert_eq!((finished(&line), line.depth()), ([0, 0], 1));
    line.advance(seconds(3.5));
    line.ready(&pod("eks", 2));
    line.advance(seconds(4.5));
    assert_eq!(finished(&line), [0, 1]);
    let figures = line.figures(Duration::ZERO);
    assert_eq!((figures.returned, figures.longest), (1, seconds(2.5)));
}

#[test]
fn how_often_one_looks_changes_nothing() {
    let ready = |line: &mut Line, second: u32| match second {
        3 => (0..4).for_each(|number| line.ready(&pod("home", number))),
        20 => line.leaves(&pod("home", 2)),
        25 => (4..8).for_each(|number| line.ready(&pod("eks", number))),
        31 => line.gone(&pod("eks", 5)),
        _ => {}
    };
    let run = |looks: u32| {
        let profile = [(0.0, 2.0), (10.0, 7.3), (40.0, 0.5)].map(|(at, rate)| (seconds(at), rate));
        let mut line = Line::new(Profile::new(&profile), seconds(0.7), ["home", "eks"]);
        for second in 0..60 {
            ready(&mut line, second);
            for look in 1..=looks {
                line.advance(seconds(
                    f64::from(second) + f64::from(look) / f64::from(looks),
                ));
            }
        }
        format!("{:?}", line.figures(seconds(5.0)))
    };
    assert_eq!(run(1), run(37));
}
