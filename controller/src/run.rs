//! The process: connects, waits for its turn, ticks, and gives way when it is told to end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval, sleep_until};
use tracing::{error, info, warn};

use crate::kinds::Kinds;
use crate::leases::Leases;
use crate::member::{Clients, Member};
use crate::options::Run;
use crate::plans::Plans;
use crate::readings::Servers;
use crate::recorder::Recorder;
use crate::serve::{Serve, Telemetry};
use crate::store::{Kept, Store, Stored};
use crate::tick::{Controller, Idle, Report};

/// Distance of renewals of our Leases: a third of the time for which they are surely held.
const RENEWAL: Duration = Duration::from_secs(3);

/// How long after a change of an object a tick comes early. Shorter, and each of the objects that are applied together
/// gets one of its own.
const GATHER: Duration = Duration::from_secs(1);

/// Runs until it is told to end.
///
/// # Errors
///
/// When it cannot begin: no home cluster, an address that is no URL or is taken, a folder that cannot be made.
pub fn run(options: &Run) -> anyhow::Result<()> {
    // One provider for all of the process: with two rustls refuses to choose.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(work(options))
}

async fn work(options: &Run) -> anyhow::Result<()> {
    let Clients {
        asking: home,
        watching,
        ..
    } = connect(options).await?;
    let identity = identity();
    let telemetry = Arc::new(Telemetry::default());
    Serve::bind(options.listen)
        .await
        .context("--listen")?
        .begin(Arc::clone(&telemetry));
    let servers = Servers::new(options.prometheus(), &options.namespace).context("--prometheus")?;
    let recorder = options
        .records
        .as_deref()
        .map(Recorder::new)
        .transpose()
        .context("--records")?;
    let mut controller = Controller {
        kinds: Kinds::watch(&watching, &options.namespace),
        servers,
        members: std::collections::BTreeMap::new(),
        store: Store::new(&home, &options.namespace),
        kept: Kept::default(),
        plans: Plans::default(),
        leases: Leases::new(&home, &options.namespace, &identity),
        recorder,
        report: Report::new(&home, &identity),
        wrote_at: std::collections::BTreeMap::new(),
        observe_only: options.observe,
        home,
    };
    let changed = Arc::clone(&controller.kinds.changed);
    let mut next = Instant::now();
    let mut renewals = interval(RENEWAL);
    renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut knows = false;
    info!(identity, "begins");
    loop {
        tokio::select! {
            // Ticks before renewals: where home hangs each of these takes seconds, and a tick renews by itself.
            biased;
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            // What somebody has written is not waited for until the next tick, but gathered for a moment.
            () = changed.notified() => next = next.min(Instant::now() + GATHER),
            () = sleep_until(next.into()) => {
                next = (next + options.tick).max(Instant::now());
                if !controller.leases.leads() {
                    knows = false;
                    // The Lease may be ours any time, and whoever takes over should not wait for a tick more.
                    next = next.min(Instant::now() + GATHER);
                } else if !knows {
                    knows = remember(&mut controller).await;
                }
                if knows {
                    // What is stored counts, not what could not be.
                    knows = tick(&mut controller, &telemetry).await;
                    telemetry.leads(controller.leases.leads());
                }
            }
            _ = renewals.tick() => {
                controller.renew_leases().await;
                telemetry.leads(controller.leases.leads());
            }
        }
    }
    info!("ends");
    if let Some(recorder) = &mut controller.recorder
        && let Err(error) = recorder.finish()
    {
        error!(%error, "the last record is not finished");
    }
    controller.leases.release().await;
    Ok(())
}

/// Reads what an earlier leader left. Without it nothing is decided: memory that is lost and memory that was not read
/// are not the same.
async fn remember(controller: &mut Controller) -> bool {
    let stored = match controller.store.load().await {
        Ok(Ok(Some(stored))) => stored,
        Ok(Ok(None)) => {
            info!("there is no memory: what runs is adopted");
            Stored::default()
        }
        Ok(Err(why)) => {
            warn!(
                why,
                "the memory cannot be read and counts as lost: what runs is adopted"
            );
            Stored::default()
        }
        Err(error) => {
            warn!(%error, "waits for the memory");
            return false;
        }
    };
    for state in &stored.tick.snapshot.clusters {
        let name = state.name.to_string();
        controller
            .members
            .entry(name)
            .or_insert_with(|| Member::new(Some(state.clone())));
    }
    controller.kept = stored.kept;
    controller.plans = stored.plans;
    true
}

/// One tick; `false` when the memory has to be read again.
async fn tick(controller: &mut Controller, telemetry: &Telemetry) -> bool {
    let began = Instant::now();
    let idle = match controller.tick().await {
        Ok(ticked) => {
            telemetry.ticked(began.elapsed(), &ticked);
            return true;
        }
        Err(idle) => idle,
    };
    match &idle {
        Idle::NotLeader => info!("{idle}"),
        Idle::Kinds(..) | Idle::Store(_) => warn!("{idle}"),
        Idle::Broken(all) => {
            for violation in all {
                error!("{violation}");
            }
            error!("{idle}");
        }
    }
    telemetry.idle(&idle);
    !matches!(idle, Idle::Store(_))
}

async fn connect(options: &Run) -> anyhow::Result<Clients> {
    let config = match &options.kubeconfig {
        Some(path) => {
            let kubeconfig = Kubeconfig::read_from(path).context("--kubeconfig")?;
            Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
                .await
                .context("--kubeconfig")?
        }
        None => Config::incluster().context("no --kubeconfig is given and this is no pod")?,
    };
    Ok(Clients::new(&config)?)
}

/// Who we are among several: the pod's name, and a number that no earlier process of that name had.
fn identity() -> String {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "spillway".to_owned());
    let began = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    format!("{host}-{}-{}", std::process::id(), began.as_millis())
}
