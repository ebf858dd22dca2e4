//! `kubectl spillway`, as a person runs it who has the roles that the project ships.

use std::path::{Path, PathBuf};

use spillway_testbed::{Error, Program, TestFolder};

use super::controller::built;
use super::{Hybrid, SYSTEM};

/// Who runs it.
const USER: &str = "sre";

/// The plugin with a kubeconfig of home.
#[derive(Debug)]
pub struct Plugin {
    binary: PathBuf,
    kubeconfig: PathBuf,
    folder: PathBuf,
}

impl Plugin {
    /// Builds it, and gives a person all roles for people.
    ///
    /// # Errors
    ///
    /// Where it cannot be built, or the API server refuses the roles.
    pub fn new(test: &TestFolder, hybrid: &Hybrid) -> Result<Self, Error> {
        let home = &hybrid.private;
        let roles = Path::new(env!("CARGO_MANIFEST_DIR")).join("../controller/rbac/people.yaml");
        home.apply_file(&roles)?;
        let user = format!("--user={USER}");
        let namespace = format!("-n={SYSTEM}");
        for role in ["spillway-look", "spillway-pause"] {
            let of_role = format!("--clusterrole={role}");
            home.kubectl(&["create", "clusterrolebinding", role, &of_role, &user])?;
        }
        for role in ["spillway-look", "spillway-freeze"] {
            let of_role = format!("--role={role}");
            home.kubectl(&["create", "rolebinding", &namespace, role, &of_role, &user])?;
        }
        Ok(Self {
            binary: built("kubectl-spillway")?,
            kubeconfig: home.kubeconfig_of(USER)?,
            folder: test.folder("plugin")?,
        })
    }

    /// Runs a command, and answers what it prints.
    ///
    /// # Errors
    ///
    /// Where it fails, with what it says.
    pub fn run(&self, arguments: &[&str]) -> Result<String, Error> {
        let kubeconfig = self.kubeconfig.display().to_string();
        let global = ["--kubeconfig", &kubeconfig];
        let program = Program::new(&self.binary, &self.folder);
        program
            .args(arguments.iter().copied().chain(global))
            .output()
    }
}
