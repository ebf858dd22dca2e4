//! Watches: facts of an API server, kept current in the background.

mod table;

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Resource};
use serde::de::DeserializeOwned;
use tokio::task::JoinHandle;

pub use table::Table;

/// Seconds until the server ends a watch and it begins anew. Load balancers drop connections that
/// are silent for four minutes (Azure) or six (AWS) without a word; longer, and a watch may hear
/// nothing for good.
const WATCH_SECONDS: u32 = 120;

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
        let shared = Arc::new(Mutex::new(Shared {
            table: Table::default(),
            error: None,
        }));
        let theirs = Arc::clone(&shared);
        let config = watcher::Config::default().timeout(WATCH_SECONDS);
        let task = tokio::spawn(async move {
            let mut events = watcher(api, config).default_backoff().boxed();
            while let Some(event) = events.next().await {
                let mut shared = theirs.lock().unwrap_or_else(PoisonError::into_inner);
                match event {
                    Ok(event) => {
                        shared.table.take(event, read);
                        shared.error = None;
                    }
                    Err(error) => shared.error = Some(error.to_string()),
                }
            }
        });
        Self { shared, task }
    }

    /// All facts, or why there are none yet.
    ///
    /// # Errors
    ///
    /// When no list was complete so far.
    pub fn all(&self) -> Result<Vec<Arc<F>>, String> {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.table.all().ok_or_else(|| {
            let error = shared.error.clone();
            error.unwrap_or_else(|| "its list is not complete yet".to_owned())
        })
    }

    /// The fact of one object; `None` when there is none, or no list was complete so far.
    #[must_use]
    pub fn get(&self, namespace: &str, name: &str) -> Option<Arc<F>> {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.table.get(namespace, name)
    }

    /// Why it hears nothing now.
    #[must_use]
    pub fn error(&self) -> Option<String> {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.error.clone()
    }
}

impl<F> Drop for Watch<F> {
    fn drop(&mut self) {
        self.task.abort();
    }
}
