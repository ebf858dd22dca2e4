//! Where built servers are kept: a folder of the user, outside every checkout.
//!
//! `NAME-HASH/` is there as a whole or not at all: a build goes to `NAME-HASH.partial/`, which is then renamed. Whoever
//! builds holds a lock on `NAME-HASH.lock`, so tests that need the same server at once wait for one build. The system
//! gives the lock back when a process dies, and the next one begins anew. The compiler has the lock too, as its standard
//! input: if it outlives the test that called it, it is waited for.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};

use super::Pinned;
use super::go::Go;
use crate::Error;

/// A folder with built servers.
#[derive(Debug, Clone)]
pub struct Cache {
    folder: PathBuf,
    go: Go,
}

impl Cache {
    /// The cache of the user.
    ///
    /// # Errors
    ///
    /// Where the user has no home.
    pub fn of_user() -> Result<Self, Error> {
        let absolute = |name| {
            env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let caches =
            absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
        let caches = caches.ok_or(Error::NoCache)?;
        Ok(Self {
            folder: caches.join("spillway").join("servers"),
            go: Go::default(),
        })
    }

    /// The folder with the binaries of a server, which is built where it is not there yet.
    ///
    /// # Errors
    ///
    /// Where Go is missing or too old, the build fails, or the cache cannot be written.
    pub fn binaries(&self, pinned: &Pinned) -> Result<PathBuf, Error> {
        self.binaries_from(pinned, &pinned.source())
    }

    fn binaries_from(&self, pinned: &Pinned, source: &Path) -> Result<PathBuf, Error> {
        let name = format!("{}-{}", pinned.name, hash(pinned, source)?);
        let built = self.folder.join(&name);
        if built.exists() {
            return Ok(built);
        }
        fs::create_dir_all(&self.folder).map_err(Error::io(&self.folder))?;
        let lock = self.folder.join(format!("{name}.lock"));
        let held = File::create(&lock).map_err(Error::io(&lock))?;
        held.lock().map_err(Error::io(&lock))?;
        // Somebody may have built it meanwhile.
        if built.exists() {
            return Ok(built);
        }
        let partial = self.folder.join(format!("{name}.partial"));
        if partial.exists() {
            fs::remove_dir_all(&partial).map_err(Error::io(&partial))?;
        }
        fs::create_dir(&partial).map_err(Error::io(&partial))?;
        self.go.build(pinned, source, &partial, &held)?;
        fs::rename(&partial, &built).map_err(Error::io(&built))?;
        Ok(built)
    }
}

/// What a build depends on: its source with the lock files, and what the compiler is told.
fn hash(pinned: &Pinned, source: &Path) -> Result<String, Error> {
    let mut sources: Vec<PathBuf> = fs::read_dir(source)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
        .map_err(Error::io(source))?;
    sources.sort();
    let mut context = Context::new(&SHA256);
    let mut add = |bytes: &[u8]| {
        context.update(&bytes.len().to_le_bytes());
        context.update(bytes);
    };
    for file in sources {
        add(file.file_name().unwrap_or_default().as_encoded_bytes());
        add(&fs::read(&file).map_err(Error::io(&file))?);
    }
    let packages = pinned.packages.iter().map(|package| (*package).to_owned());
    let files = pinned
        .files
        .iter()
        .map(|(module, path)| format!("{module}/{path}"));
    for word in pinned.arguments().into_iter().chain(packages).chain(files) {
        add(word.as_bytes());
    }
    let digest = context.finish();
    let short = &digest.as_ref()[..6];
    let number = short
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte));
    Ok(format!("{number:012x}"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    const HELLO: Pinned = Pinned {
        name: "hello",
        lock: "hello",
        packages: &["spillway.dev/hello"],
        tags: "",
        linked: "",
        files: &[],
    };

    /// A cache, a source and a shell script in the place of Go, in a folder of the test.
    struct Bench {
        folder: PathBuf,
        cache: Cache,
    }

    impl Bench {
        fn new(test: &str, build: &str) -> Self {
            let folder =
                env::temp_dir().join(format!("spillway-bed-{}-{test}", std::process::id()));
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(folder.join("source")).expect("the temporary folder can be written");
            let bench = Self {
                cache: Cache {
                    folder: folder.join("cache"),
                    go: Go::called(&folder.join("go").display().to_string()),
                },
                folder,
            };
            bench.write("source/go.mod", "module spillway.dev/hello\n\ngo 1.26.6\n");
            bench.go("go1.26.8", build);
            bench
        }

        fn write(&self, name: &str, text: &str) {
            fs::write(self.folder.join(name), text).expect("the temporary folder can be written");
        }

        /// `$out` is the folder that a build goes to, `$0.log` beside the script what is left for the test.
        fn go(&self, version: &str, build: &str) {
            let script = format!(
                "#!/bin/sh\n[ \"$1\" = env ] && echo {version} && exit\n\
                 while [ \"$1\" != -o ]; do shift; done; out=$2\necho built >>\"$0.log\"\n{build}\n"
            );
            // By another process: a file that this one has open for writing cannot be run by its other threads.
            let status = Command::new("sh")
                .args(["-c", r#"printf %s "$1" >go && chmod +x go"#, "sh", &script])
                .current_dir(&self.folder)
                .status();
            assert!(status.is_ok_and(|status| status.success()));
        }

        fn binaries(&self) -> Result<PathBuf, Error> {
            self.cache
                .binaries_from(&HELLO, &self.folder.join("source"))
        }

        fn message(&self) -> String {
            self.binaries()
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default()
        }

        fn builds(&self) -> usize {
            fs::read_to_string(self.folder.join("go.log")).map_or(0, |log| log.lines().count())
        }
    }

    impl Drop for Bench {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }

    #[test]
    fn tests_that_need_a_server_at_once_wait_for_one_build() {
        let bench = Bench::new("once", "sleep 0.3; echo hello >\"$out/hello\"");
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let built = bench.binaries().unwrap_or_else(|error| panic!("{error}"));
                    let text = fs::read_to_string(built.join("hello"));
                    assert_eq!(text.ok().as_deref(), Some("hello\n"));
                });
            }
        });
        assert_eq!(bench.builds(), 1);
    }

    #[test]
    fn a_compiler_that_outlives_its_test_is_waited_for() {
        let bench = Bench::new(
            "orphan",
            "[ -e \"$0.once\" ] || { touch \"$0.once\"; exec 3<&0; sleep 0.5 >\"$0.out\" 2>&1 & exit 1; }\n\
             echo hello >\"$out/hello\"",
        );
        let began = Instant::now();
        assert!(bench.binaries().is_err());
        bench.binaries().unwrap_or_else(|error| panic!("{error}"));
        assert!(began.elapsed() >= Duration::from_millis(500));
    }

    #[test]
    fn another_lock_file_is_another_server_and_the_first_stays() {
        let bench = Bench::new("lock", "echo hello >\"$out/hello\"");
        let first = bench.binaries().unwrap_or_else(|error| panic!("{error}"));
        bench.write("source/go.sum", "spillway.dev/other v1.0.0 h1:\n");
        let second = bench.binaries().unwrap_or_else(|error| panic!("{error}"));
        assert_ne!(first, second);
        assert!(first.join("hello").exists() && second.join("hello").exists());
        assert_eq!(bench.builds(), 2);
    }

    #[test]
    fn a_build_that_fails_shows_the_last_words_of_the_compiler_and_leaves_nothing() {
        let bench = Bench::new(
            "fails",
            "echo half >\"$out/hello\"; seq 100 >&2; echo 'main.go:3: undefined: x' >&2; exit 1",
        );
        let said = bench.message();
        assert!(
            said.starts_with("hello could not be built (exit status: 1) from "),
            "{said}"
        );
        assert!(
            said.ends_with("\n99\n100\nmain.go:3: undefined: x"),
            "{said}"
        );
        assert!(!said.contains("\n50\n"), "only the last lines: {said}");
        bench.go("go1.26.8", "echo whole >\"$out/hello\"");
        let built = bench.binaries().unwrap_or_else(|error| panic!("{error}"));
        let text = fs::read_to_string(built.join("hello"));
        assert_eq!(text.ok().as_deref(), Some("whole\n"));
    }

    #[test]
    fn a_go_that_is_missing_or_too_old_is_said_with_the_version_to_install() {
        let mut bench = Bench::new("go", "echo hello >\"$out/hello\"");
        for (old, too_old) in [
            ("go1.9", true),
            ("go1.26.5", true),
            ("go1.26rc1", true),
            ("go1.26.6", false),
            ("go1.26.10", false),
            ("go1.27rc2", false),
            ("go2.0", false),
            ("devel-go1.28-0123abc", false),
        ] {
            bench.go(old, "exit 1");
            let expected = format!(
                "needs Go 1.26.6, but `{}/go` is {old}: install Go 1.26.6 or newer from https://go.dev/dl",
                bench.folder.display()
            );
            let said = bench.message();
            assert_eq!(said.ends_with(&expected), too_old, "{old}: {said}");
        }
        bench.cache.go = Go::called("no-such-go");
        let said = bench.message();
        assert_eq!(
            said,
            "hello is built from Go modules, and there is no `no-such-go` on the PATH: install Go 1.26.6 or newer from https://go.dev/dl"
        );
    }
}
