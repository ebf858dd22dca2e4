//! The home cluster, as the person who asks may see it. What is not visible is said and is no error, but for the last
//! tick itself.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use k8s_openapi::api::core::v1::{ConfigMap, Event};
use kube::api::{DynamicObject, ListParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::ApiResource;
use kube::{Api, Client, Config, ResourceExt};
use serde::Serialize;
use spillway_crds::api::HybridAutoscaler;
use spillway_solver::units::UnixMs;
use tokio::runtime::Runtime;

use super::Global;
use super::moment::Moment;
use super::words;
use crate::freeze::{self, Freeze};
use crate::plans::Plans;
use crate::said::said;
use crate::store::{NAME, Store};

/// Longest wait for a connection, and for an answer.
const PATIENCE: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(20)];

/// How many events of a workload are shown.
const EVENTS: usize = 5;

/// What is seen.
pub(super) struct Seen {
    /// The last tick, decided again.
    pub moment: Moment,
    /// The autoscalers as they are now; absent where they are not visible.
    pub autoscalers: Option<Vec<HybridAutoscaler>>,
    /// Plans that were in force.
    pub plans: Plans,
    /// What is not visible, or doubtful.
    pub notes: Vec<String>,
    /// The time of whoever asks.
    pub now: UnixMs,
    /// The cluster, for further questions; absent where a folder was read.
    pub home: Option<Home>,
}

/// Something that was done and told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told {
    /// When; absent where the event does not say.
    pub at: Option<String>,
    /// Its reason.
    pub reason: String,
    /// What was done.
    pub message: String,
}

/// A connection to the home cluster.
pub(super) struct Home {
    client: Client,
    runtime: Runtime,
}

/// Looks at the home cluster, or into the folder that is to be looked into instead.
pub(super) fn look(global: &Global) -> anyhow::Result<Seen> {
    let Some(folder) = &global.from else {
        return Home::connect(global)?.look(&global.namespace_of_controller);
    };
    let place = folder.display();
    Ok(Seen {
        moment: Moment::read(folder)?,
        autoscalers: None,
        plans: Plans::default(),
        notes: vec![format!(
            "Read from {place}: modes and conditions are not known."
        )],
        now: now(),
        home: None,
    })
}

impl Home {
    pub(super) fn connect(global: &Global) -> anyhow::Result<Self> {
        if global.from.is_some() {
            bail!("--from reads a folder, and this command needs the cluster: leave it out");
        }
        // One provider for all of the process: with two rustls refuses to choose.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let client = runtime.block_on(async {
            let mut config = config(global).await?;
            [config.connect_timeout, config.read_timeout] = PATIENCE.map(Some);
            anyhow::Ok(Client::try_from(config)?)
        })?;
        Ok(Self { client, runtime })
    }

    pub(super) fn look(self, namespace: &str) -> anyhow::Result<Seen> {
        let mut notes = Vec::new();
        let mut store = Store::new(&self.client, namespace);
        let loaded = self.runtime.block_on(store.load());
        let stored = loaded
            .map_err(|error| match error {
                crate::store::StoreError::Api(error) => anyhow::anyhow!(said(&error)),
                other => other.into(),
            })
            .with_context(|| format!("ConfigMap {namespace}/{NAME} of the controller's memory"))?;
        let stored = match stored {
            Ok(Some(stored)) if stored.tick.snapshot.now_ms != UnixMs::default() => stored,
            Ok(_) => bail!(
                "there is no tick in ConfigMap {namespace}/{NAME}: does the controller run, and in this namespace? \
                 (--namespace-of-controller, --context)"
            ),
            Err(why) => bail!(
                "ConfigMap {namespace}/{NAME} cannot be read: {why}: use the plugin of the controller's version"
            ),
        };
        let moment = Moment::of(stored.tick);
        if moment.differs_from(&stored.kept.memory) {
            notes.push(
                "The controller remembers another decision than is made here: it is of another version than this \
                 plugin."
                    .to_owned(),
            );
        }
        match self.frozen(namespace) {
            Ok(Some(freeze)) => {
                notes.insert(0, format!("The fleet is {freeze}. Nothing is written."));
            }
            Ok(None) => {}
            Err(why) => notes.push(format!("Whether the fleet is frozen is not known: {why}.")),
        }
        let autoscalers = self.autoscalers(&mut notes);
        Ok(Seen {
            moment,
            autoscalers,
            plans: stored.plans,
            notes,
            now: now(),
            home: Some(self),
        })
    }

    /// Each is read alone, for one of another version must not hide the others.
    fn autoscalers(&self, notes: &mut Vec<String>) -> Option<Vec<HybridAutoscaler>> {
        let resource = ApiResource::erase::<HybridAutoscaler>(&());
        let api: Api<DynamicObject> = Api::all_with(self.client.clone(), &resource);
        let list = match self.runtime.block_on(api.list(&ListParams::default())) {
            Ok(list) => list,
            Err(error) => {
                let why = said(&error);
                notes.push(format!("Modes and conditions are not known: {why}."));
                return None;
            }
        };
        let mut autoscalers = Vec::new();
        for object in list {
            let name = object.name_any();
            match serde_json::to_value(object).and_then(serde_json::from_value) {
                Ok(autoscaler) => autoscalers.push(autoscaler),
                Err(error) => notes.push(format!(
                    "HybridAutoscaler {name} is of another version than this plugin: {error}."
                )),
            }
        }
        Some(autoscalers)
    }

    /// What was told of a workload last, newest first.
    pub(super) fn told(&self, namespace: &str, name: &str) -> Result<Vec<Told>, String> {
        let api: Api<Event> = Api::namespaced(self.client.clone(), namespace);
        let of_it = ListParams::default().fields(&format!(
            "involvedObject.kind=HybridAutoscaler,involvedObject.name={name}"
        ));
        let list = self.runtime.block_on(api.list(&of_it));
        let list = list.map_err(|error| said(&error))?;
        let mut dated: Vec<_> = list
            .into_iter()
            .map(|event| {
                let series = event.series.and_then(|series| series.last_observed_time);
                let at = series.or(event.event_time).map(|time| time.0);
                let at = at.or(event.last_timestamp.map(|time| time.0));
                let told = Told {
                    at: at.map(|time| words::time(UnixMs(time.as_millisecond()))),
                    reason: event.reason.unwrap_or_default(),
                    message: event.message.unwrap_or_default(),
                };
                (at, told)
            })
            .collect();
        dated.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        Ok(dated
            .into_iter()
            .map(|(_, told)| told)
            .take(EVENTS)
            .collect())
    }

    /// What stops all writes; `namespace` is the controller's.
    pub(super) fn frozen(&self, namespace: &str) -> Result<Option<Freeze>, String> {
        let found = self.freezes(namespace);
        let found = self.runtime.block_on(found.get_opt(freeze::NAME));
        let found = found.map_err(|error| said(&error))?;
        Ok(found.as_ref().map(Freeze::of))
    }

    /// Where the fleet is frozen.
    pub(super) fn freezes(&self, namespace: &str) -> Api<ConfigMap> {
        Api::namespaced(self.client.clone(), namespace)
    }

    /// Who asks, as the API server knows them.
    pub(super) fn whoami(&self) -> Option<String> {
        let api: Api<SelfSubjectReview> = Api::all(self.client.clone());
        let asked = async {
            let review = SelfSubjectReview::default();
            api.create(&PostParams::default(), &review).await
        };
        let review = self.runtime.block_on(asked).ok()?;
        review.status?.user_info?.username
    }

    /// Autoscalers of a namespace.
    pub(super) fn api(&self, namespace: &str) -> Api<HybridAutoscaler> {
        Api::namespaced(self.client.clone(), namespace)
    }

    /// Waits for an answer.
    pub(super) fn wait<T>(
        &self,
        answer: impl Future<Output = Result<T, kube::Error>>,
    ) -> anyhow::Result<T> {
        let answer = self.runtime.block_on(answer);
        answer.map_err(|error| anyhow::anyhow!(said(&error)))
    }
}

async fn config(global: &Global) -> anyhow::Result<Config> {
    let options = KubeConfigOptions {
        context: global.context.clone(),
        ..KubeConfigOptions::default()
    };
    if let Some(path) = &global.kubeconfig {
        let kubeconfig = Kubeconfig::read_from(path).context("--kubeconfig")?;
        let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
        return config.context("--kubeconfig");
    }
    if global.context.is_some() {
        return Config::from_kubeconfig(&options).await.context("--context");
    }
    Config::infer()
        .await
        .context("there is no kubeconfig: set --kubeconfig or $KUBECONFIG")
}

fn now() -> UnixMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    UnixMs(since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }))
}
