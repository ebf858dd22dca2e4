//! Watches: facts of an API server, kept current in the background.

mod table;

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;
use tokio::task::JoinHandle;

pub use table::Table;

/// Seconds until the server ends a watch and it begins anew. Load balancers drop connections that
/// are silent for four minutes (Azure) or six (AWS) without a word; longer, and a watch may hear
/// nothing for good.
pub const WATCH_SECONDS: u32 = 120;

/// Pause after a first failure.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

/// Pause after many. Longer, and a server that is back counts as silent for long.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Why a watch does not know how things are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Deaf {
    /// Its first list is on its way.
    #[error("its list is not complete yet")]
    Listing,
    /// The API server refuses or does not answer.
    #[error("{0}")]
    Failed(String),
}

/// A running watch; it ends when this is dropped.
#[derive(Debug)]
pub struct Watch<F> {
    shared: Arc<Mutex<Shared<F>>>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared<F> {
    table: Table<F>,
    /// Why it hears nothing now.
    error: Option<String>,
}

impl<F: Send + Sync + 'static> Watch<F> {
    /// Begins to watch.
    #[must_use]
    pub fn begin<K>(api: Api<K>, read: fn(&K) -> F) -> Self
    where
        K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
    {
        Self::begin_and_tell(api, read, |_| {})
    }

    /// Begins to watch, and tells of each object that was applied or deleted after the first list.
    #[must_use]
    pub fn begin_and_tell<K>(
        api: Api<K>,
        read: fn(&K) -> F,
        tell: impl FnMut(&K) + Send + 'static,
    ) -> Self
    where
        K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
    {
        Self::begin_with(api, watcher::Config::default(), read, tell)
    }

    /// Begins to watch the one object of a name, and tells as [`Self::begin_and_tell`] does.
    #[must_use]
    pub fn begin_one<K>(
        api: Api<K>,
        name: &str,
        read: fn(&K) -> F,
        tell: impl FnMut(&K) + Send + 'static,
    ) -> Self
    where
        K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
    {
        let config = watcher::Config::default().fields(&format!("metadata.name={name}"));
        Self::begin_with(api, config, read, tell)
    }

    fn begin_with<K>(
        api: Api<K>,
        config: watcher::Config,
        read: fn(&K) -> F,
        mut tell: impl FnMut(&K) + Send + 'static,
    ) -> Self
    where
        K: Resource + Clone + DeserializeOwned + Debug + Send + 'static,
    {
        let shared = Arc::new(Mutex::new(Shared {
            table: Table::default(),
            error: None,
        }));
        let theirs = Arc::clone(&shared);
        let config = config.timeout(WATCH_SECONDS);
        let task = tokio::spawn(async move {
            let mut events = watcher(api, config).boxed();
            let mut pause = SHORTEST_PAUSE;
            while let Some(event) = events.next().await {
                match event {
                    Ok(event) => {
                        if let Event::Apply(object) | Event::Delete(object) = &event {
                            tell(object);
                        }
                        let mut shared = theirs.lock().unwrap_or_else(PoisonError::into_inner);
                        shared.table.take(event, read);
                        shared.error = None;
                        pause = SHORTEST_PAUSE;
                    }
                    Err(error) => {
                        theirs.lock().unwrap_or_else(PoisonError::into_inner).error =
                            Some(error.to_string());
                        // Only the next question goes on where this one failed.
                        tokio::time::sleep(pause).await;
                        pause = LONGEST_PAUSE.min(pause * 2);
                    }
                }
            }
        });
        Self { shared, task }
    }

    /// All facts, or why they are not known as they are now.
    ///
    /// # Errors
    ///
    /// When no list was complete so far, or the watch hears nothing.
    pub fn all(&self) -> Result<Vec<Arc<F>>, Deaf> {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        match (&shared.error, shared.table.all()) {
            (Some(error), _) => Err(Deaf::Failed(error.clone())),
            (None, None) => Err(Deaf::Listing),
            (None, Some(all)) => Ok(all),
        }
    }

    /// All facts as they were heard last.
    ///
    /// # Errors
    ///
    /// When no list was complete so far.
    pub fn last(&self) -> Result<Vec<Arc<F>>, Deaf> {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let why = || shared.error.clone().map_or(Deaf::Listing, Deaf::Failed);
        shared.table.all().ok_or_else(why)
    }

    /// The fact of one object; `None` when there is none, or no list was complete so far.
    #[must_use]
    pub fn get(&self, namespace: &str, name: &str) -> Option<Arc<F>> {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.table.get(namespace, name)
    }
}

impl<F> Drop for Watch<F> {
    fn drop(&mut self) {
        self.task.abort();
    }
}
