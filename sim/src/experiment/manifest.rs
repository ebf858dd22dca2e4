//! A sweep as a Kubernetes Job: a pod for each shard, which is repeated where it dies.

use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};

/// What the Job runs.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Name of its objects; see [`object_name`].
    pub name: String,
    /// The image with `spillway-sim` as its entry point.
    pub image: String,
    /// Pods.
    pub shards: usize,
    /// The files that the sweep is made of, the sweep itself first, with their texts.
    pub files: Vec<(PathBuf, String)>,
}

/// Most bytes of the files: etcd takes objects up to 1.5 MiB, a `ConfigMap` up to 1 MiB.
const MOST_BYTES: usize = 1_000_000;

/// How often a shard is begun again before the Job gives it up. Each time it goes on where it stopped.
const REPEATS: u32 = 6;

impl Manifest {
    /// The objects as YAML: the inputs, a claim for the results, and the Job.
    ///
    /// # Errors
    ///
    /// Where the files do not fit into a `ConfigMap`.
    pub fn yaml(&self) -> Result<String, String> {
        let bytes: usize = self.files.iter().map(|(_, text)| text.len()).sum();
        if bytes > MOST_BYTES {
            return Err(format!(
                "the sweep's files have {bytes} bytes and a ConfigMap holds {MOST_BYTES}: make the trace shorter, or describe the load in the world file"
            ));
        }
        let paths = below_one_folder(self.files.iter().map(|(path, _)| path.as_path()));
        let Self {
            name,
            image,
            shards,
            ..
        } = self;
        let mut out = String::new();
        let _ = writeln!(
            out,
            "# A sweep in {shards} shards. When the Job is done, copy the folders of the claim {name}-results and put them\n\
             # together: spillway-sim sweep merge 0 1 ... --out DIR\n\
             apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}-inputs}}\ndata:"
        );
        for (n, (_, text)) in self.files.iter().enumerate() {
            let _ = writeln!(out, "  file-{n}: {}", quoted(text));
        }
        let _ = write!(
            out,
            "---\n\
             apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {name}-results}}\nspec:\n\
             \x20 accessModes: [ReadWriteMany]   # the pods run on several nodes\n\
             \x20 resources: {{requests: {{storage: 1Gi}}}}\n\
             ---\n\
             apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}}}\nspec:\n\
             \x20 completionMode: Indexed\n\
             \x20 completions: {shards}\n\
             \x20 parallelism: {shards}\n\
             \x20 backoffLimitPerIndex: {REPEATS}   # a shard that dies goes on where it stopped\n\
             \x20 template:\n\
             \x20   spec:\n\
             \x20     restartPolicy: Never\n\
             \x20     containers:\n\
             \x20     - name: sweep\n\
             \x20       image: {image}\n\
             \x20       args: [sweep, {sweep}, --shard, $(JOB_COMPLETION_INDEX)/{shards}, --out, /results/$(JOB_COMPLETION_INDEX)]\n\
             \x20       env:\n\
             \x20       - name: JOB_COMPLETION_INDEX\n\
             \x20         valueFrom: {{fieldRef: {{fieldPath: \"metadata.annotations['batch.kubernetes.io/job-completion-index']\"}}}}\n\
             \x20       resources: {{requests: {{cpu: \"1\", memory: 512Mi}}}}\n\
             \x20       volumeMounts:\n\
             \x20       - {{name: inputs, mountPath: /inputs, readOnly: true}}\n\
             \x20       - {{name: results, mountPath: /results}}\n\
             \x20     volumes:\n\
             \x20     - name: results\n\
             \x20       persistentVolumeClaim: {{claimName: {name}-results}}\n\
             \x20     - name: inputs\n\
             \x20       configMap:\n\
             \x20         name: {name}-inputs\n\
             \x20         items:\n",
            image = quoted(image),
            sweep = quoted(&format!(
                "/inputs/{}",
                paths.first().map_or("", String::as_str)
            )),
        );
        for (n, path) in paths.iter().enumerate() {
            let _ = writeln!(out, "          - {{key: file-{n}, path: {}}}", quoted(path));
        }
        Ok(out)
    }
}

/// A name that Kubernetes takes, of a text.
#[must_use]
pub fn object_name(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.truncate(40);
    let name = name.trim_matches('-');
    if name.is_empty() {
        "sweep".to_owned()
    } else {
        name.to_owned()
    }
}

/// The paths seen from the deepest folder that has all of them.
fn below_one_folder<'p>(paths: impl Iterator<Item = &'p Path>) -> Vec<String> {
    let paths: Vec<Vec<String>> = paths.map(parts).collect();
    let mut common = 0;
    while let Some(part) = paths.first().and_then(|path| path.get(common))
        && paths
            .iter()
            .all(|path| path.len() > common + 1 && path.get(common) == Some(part))
    {
        common += 1;
    }
    paths.iter().map(|path| path[common..].join("/")).collect()
}

/// The names on a path; `..` takes back the one before it.
fn parts(path: &Path) -> Vec<String> {
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                parts.pop();
            }
            Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    parts
}

/// Text as YAML and JSON both write it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use spillway_crds::document::parse_yaml;

    fn manifest() -> Manifest {
        Manifest {
            name: object_name("How long to wait?"),
            image: "registry.example/spillway-sim:1".into(),
            shards: 4,
            files: vec![
                (
                    "/a/sweeps/../sweeps/wait.yaml".into(),
                    "kind: Sweep\n# \"quoted\"\n".into(),
                ),
                (
                    "/a/sweeps/../demo/world.yaml".into(),
                    "kind: World\n".into(),
                ),
            ],
        }
    }

    #[test]
    fn the_manifest_is_an_indexed_job_whose_pods_find_their_files_and_shard() {
        let yaml = manifest().yaml().expect("small");
        let documents: Vec<serde_json::Value> = yaml
            .split("---\n")
            .map(|text| {
                parse_yaml(text, 1)
                    .expect("YAML")
                    .expect("an object")
                    .value()
            })
            .collect();
        let [inputs, claim, job] = documents.as_slice() else {
            panic!("three objects");
        };
        assert_eq!(inputs["data"]["file-0"], "kind: Sweep\n# \"quoted\"\n");
        assert_eq!(claim["metadata"]["name"], "how-long-to-wait-results");
        let spec = &job["spec"];
        assert_eq!(spec["completionMode"], "Indexed");
        assert_eq!(spec["completions"], 4);
        assert!(spec["backoffLimitPerIndex"].as_u64() > Some(0));
        let pod = &spec["template"]["spec"];
        assert_eq!(pod["restartPolicy"], "Never");
        let args: Vec<&str> = pod["containers"][0]["args"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|arg| arg.as_str())
            .collect();
        assert_eq!(
            args,
            [
                "sweep",
                "/inputs/sweeps/wait.yaml",
                "--shard",
                "$(JOB_COMPLETION_INDEX)/4",
                "--out",
                "/results/$(JOB_COMPLETION_INDEX)"
            ]
        );
        let items = &pod["volumes"][1]["configMap"]["items"];
        assert_eq!(items[1]["path"], "demo/world.yaml");
    }

    #[test]
    fn files_that_a_config_map_cannot_hold_are_refused() {
        let mut large = manifest();
        large.files[1].1 = "x".repeat(MOST_BYTES);
        assert!(
            large
                .yaml()
                .expect_err("too large")
                .contains("a ConfigMap holds")
        );
    }
}
