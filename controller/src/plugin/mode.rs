//! `pause` and `resume`: what of a workload's decisions is made and acted on.

use kube::api::{Patch, PatchParams};
use serde::Serialize;
use serde_json::{Map, Value, json};
use spillway_crds::api::{HybridAutoscalerSpec, Mode, Pause};

use super::home::Home;
use super::named::Named;
use super::print::Printer;
use super::{Global, Outcome};

/// Who we are in `metadata.managedFields`: not the controller.
pub(super) const FIELD_MANAGER: &str = "kubectl-spillway";

const PAUSES: &str = "\
Without --up, --down and --moves all of it is paused: its replicas stay as they are in each cluster.

Examples:
  kubectl spillway pause shop/web
  kubectl spillway pause shop/web --down --moves
  kubectl spillway resume shop/web --down";

/// Pauses a workload, or one direction of its scaling, or its moves
#[derive(Debug, clap::Args)]
#[command(after_help = PAUSES)]
pub(super) struct Args {
    #[command(flatten)]
    workload: Named,
    #[command(flatten)]
    parts: Parts,
}

/// Resumes a paused workload, or a part of its scaling
#[derive(Debug, clap::Args)]
pub(super) struct ResumeArgs {
    #[command(flatten)]
    workload: Named,
    #[command(flatten)]
    parts: Parts,
}

/// Parts of a workload's scaling; none of them is all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::Args)]
struct Parts {
    /// Its count does not rise
    #[arg(long)]
    up: bool,
    /// Its count does not fall
    #[arg(long)]
    down: bool,
    /// No replica moves between clusters to save money
    #[arg(long)]
    moves: bool,
}

impl Parts {
    fn all_of_it(self) -> bool {
        self == Self::default()
    }

    fn of(pause: &Pause) -> Self {
        Self {
            up: pause.scale_up,
            down: pause.scale_down,
            moves: pause.moves,
        }
    }

    /// Each with its field and whether it is named.
    fn each(self) -> [(&'static str, &'static str, bool); 3] {
        [
            ("scaleUp", "scaling up", self.up),
            ("scaleDown", "scaling down", self.down),
            ("moves", "moves", self.moves),
        ]
    }

    /// `scaling up and moves`.
    fn said(self) -> String {
        let named = self.each().into_iter().filter(|(.., named)| *named);
        named
            .map(|(_, word, _)| word)
            .collect::<Vec<_>>()
            .join(" and ")
    }
}

/// What is acted on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct State {
    mode: Mode,
    #[serde(flatten)]
    pause: Pause,
}

impl State {
    fn of(spec: &HybridAutoscalerSpec) -> Self {
        Self {
            mode: spec.mode,
            pause: spec.pause.clone(),
        }
    }

    /// With more paused.
    fn paused(&self, parts: Parts) -> Self {
        let mut state = self.clone();
        if parts.all_of_it() {
            state.mode = Mode::Paused;
        }
        state.pause.scale_up |= parts.up;
        state.pause.scale_down |= parts.down;
        state.pause.moves |= parts.moves;
        state
    }

    /// With less paused.
    fn resumed(&self, parts: Parts) -> Self {
        let mut state = self.clone();
        if parts.all_of_it() {
            state.pause = Pause::default();
            if state.mode == Mode::Paused {
                state.mode = Mode::Active;
            }
        }
        state.pause.scale_up &= !parts.up;
        state.pause.scale_down &= !parts.down;
        state.pause.moves &= !parts.moves;
        state
    }
}

/// What was done.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    workload: String,
    before: State,
    now: State,
}

impl Changed {
    fn said(&self) -> String {
        let Self {
            workload,
            before,
            now,
        } = self;
        if before == now {
            return format!("{workload} was so already: {}.\n", in_words(now));
        }
        let hint = match (before.mode, now.mode) {
            (Mode::Observe, Mode::Paused) => {
                " To resume would make it Active: to go back, set spec.mode Observe."
            }
            (_, Mode::Paused) if !now.pause.pins.is_empty() => {
                " Its replicas go to their pins and stay there."
            }
            (_, Mode::Paused) => " Its replicas stay as they are.",
            (_, Mode::Observe) => " Nothing of it is written, for it is observed.",
            (..) => " The next tick acts on it.",
        };
        format!(
            "{workload} is {}; it was {}.{hint}\n",
            in_words(now),
            in_words(before)
        )
    }
}

/// `Active, scaling down paused`.
fn in_words(state: &State) -> String {
    let parts = Parts::of(&state.pause).said();
    if parts.is_empty() {
        format!("{:?}", state.mode)
    } else {
        format!("{:?}, {parts} paused", state.mode)
    }
}

pub(super) fn pause(
    args: &Args,
    global: &Global,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Outcome> {
    let parts = args.parts;
    set(&args.workload, global, printer, |spec| {
        let driven = spec.replicas.is_some() && (parts.up || parts.down);
        if driven {
            anyhow::bail!(
                "its total is set by somebody else (spec.replicas): pause whoever sets it, or pause all of it"
            );
        }
        Ok(State::of(spec).paused(parts))
    })
}

pub(super) fn resume(
    args: &ResumeArgs,
    global: &Global,
    printer: &mut Printer<'_>,
) -> anyhow::Result<Outcome> {
    let parts = args.parts;
    set(&args.workload, global, printer, |spec| {
        let state = State::of(spec);
        if let Some(why) = refusal(&state, parts) {
            anyhow::bail!(why);
        }
        Ok(state.resumed(parts))
    })
}

fn set(
    workload: &Named,
    global: &Global,
    printer: &mut Printer<'_>,
    change: impl FnOnce(&HybridAutoscalerSpec) -> anyhow::Result<State>,
) -> anyhow::Result<Outcome> {
    let (namespace, name) = workload.parts()?;
    let home = Home::connect(global)?;
    let api = home.api(namespace);
    let object = home.wait(api.get(name))?;
    let workload = format!("{namespace}/{name}");
    let before = State::of(&object.spec);
    let now = change(&object.spec).map_err(|why| anyhow::anyhow!("{workload}: {why}"))?;
    if before != now {
        let patch = patch(&before, &now, object.metadata.resource_version.as_deref());
        home.wait(api.patch(name, &written_by_us(), &Patch::Merge(patch)))?;
    }
    let changed = Changed {
        workload,
        before,
        now,
    };
    printer.show(&changed, |changed, _| changed.said())?;
    Ok(Outcome::Done)
}

/// How we write objects at home.
pub(super) fn written_by_us() -> PatchParams {
    PatchParams {
        field_manager: Some(FIELD_MANAGER.to_owned()),
        ..PatchParams::default()
    }
}

/// Whoever observes only has never asked for writes, and to resume must not begin them.
fn refusal(state: &State, parts: Parts) -> Option<&'static str> {
    let nothing = parts.all_of_it() && state.pause.is_nothing();
    (state.mode == Mode::Observe && nothing).then_some(
        "it is not paused, it is observed: to let its decisions be acted on, set spec.mode Active yourself",
    )
}

/// It carries the version that was read, so that nothing else is meant than what is said.
fn patch(before: &State, now: &State, version: Option<&str>) -> Value {
    let mut spec = Map::new();
    if before.mode != now.mode {
        spec.insert("mode".to_owned(), json!(now.mode));
    }
    if before.pause != now.pause {
        let pause = if now.pause.is_nothing() {
            Value::Null
        } else {
            let parts = Parts::of(&now.pause).each();
            let fields = parts.map(|(field, _, paused)| (field.to_owned(), json!(paused)));
            Value::Object(fields.into_iter().collect())
        };
        spec.insert("pause".to_owned(), pause);
    }
    json!({"metadata": {"resourceVersion": version}, "spec": spec})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(mode: Mode) -> State {
        let pause = Pause::default();
        State { mode, pause }
    }

    fn said(before: &State, now: State) -> String {
        Changed {
            workload: "shop/web".to_owned(),
            before: before.clone(),
            now,
        }
        .said()
    }

    const ALL: Parts = Parts {
        up: false,
        down: false,
        moves: false,
    };
    const DOWN: Parts = Parts { down: true, ..ALL };

    #[test]
    fn what_it_was_is_said() {
        let (active, paused) = (state(Mode::Active), state(Mode::Paused));
        assert_eq!(
            said(&active, active.paused(ALL)),
            "shop/web is Paused; it was Active. Its replicas stay as they are.\n"
        );
        assert_eq!(
            said(&paused, paused.paused(ALL)),
            "shop/web was so already: Paused.\n"
        );
        assert_eq!(
            said(&active, active.paused(DOWN)),
            "shop/web is Active, scaling down paused; it was Active. The next tick acts on it.\n"
        );
        let observed = state(Mode::Observe);
        assert!(said(&observed, observed.paused(ALL)).contains("set spec.mode Observe"));
    }

    #[test]
    fn parts_are_resumed_alone_or_with_all() {
        let moves = Parts { moves: true, ..ALL };
        let parts = state(Mode::Active).paused(DOWN).paused(moves);
        assert!(parts.pause.scale_down && parts.pause.moves && !parts.pause.scale_up);
        assert_eq!(parts.resumed(moves), state(Mode::Active).paused(DOWN));
        assert_eq!(parts.paused(ALL).resumed(ALL), state(Mode::Active));
    }

    #[test]
    fn to_resume_makes_no_writer_of_one_that_observes() {
        let observed = state(Mode::Observe);
        assert!(refusal(&observed, ALL).is_some());
        assert_eq!(refusal(&state(Mode::Paused), ALL), None);
        let partly = observed.paused(DOWN);
        assert_eq!(refusal(&partly, ALL), None);
        assert_eq!(partly.resumed(ALL), observed);
    }

    #[test]
    fn the_patch_changes_what_is_said_of_what_was_read_and_nothing_else() {
        let active = state(Mode::Active);
        assert_eq!(
            patch(&active, &active.paused(ALL), Some("7")),
            json!({"metadata": {"resourceVersion": "7"}, "spec": {"mode": "Paused"}})
        );
        let partly = active.paused(DOWN);
        assert_eq!(
            patch(&active, &partly, None)["spec"],
            json!({"pause": {"scaleUp": false, "scaleDown": true, "moves": false}})
        );
        assert_eq!(
            patch(&partly.paused(ALL), &active, None)["spec"],
            json!({"mode": "Active", "pause": null})
        );
    }
}
