//! The workspace that is compiled, and its tokio.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use cargo_metadata::{Metadata, MetadataCommand, Package, PackageId};

use super::cargo_arguments::CargoArguments;
use crate::hooks::KnownVersions;

/// The packages of a workspace and of its dependencies.
pub(super) struct Workspace {
    metadata: Metadata,
}

impl Workspace {
    pub(super) fn load(cargo: &OsString, arguments: &CargoArguments) -> Result<Self> {
        let options = arguments.for_metadata().into_iter().map(|option| option.to_string_lossy().into_owned());
        let metadata = MetadataCommand::new().cargo_path(cargo).other_options(options.collect::<Vec<_>>()).exec();
        match metadata {
            Ok(metadata) => Ok(Workspace { metadata }),
            // cargo's own message says what is wrong.
            Err(cargo_metadata::Error::CargoMetadata { stderr }) => {
                let error = stderr.find("error: ").map_or(&*stderr, |start| &stderr[start + "error: ".len()..]);
                bail!("{}", error.trim_end())
            }
            Err(error) => Err(error).context("cannot read the workspace"),
        }
    }

    pub(super) fn target_directory(&self) -> PathBuf {
        self.metadata.target_directory.clone().into()
    }

    /// Returns the tokio that testkit runs on.
    ///
    /// # Errors
    /// Returns an error if testkit is not used, or if its tokio cannot take the hooks.
    pub(super) fn tokio(&self) -> Result<&Package> {
        let graph = self.dependencies();
        let members = self.metadata.workspace_members.iter();
        let reached: Vec<_> = members.map(|member| reachable(&graph, member)).collect();
        let is_testkit = |id: &&PackageId| is_testkit(&self.metadata[*id]);
        // Members without testkit have no simulations, whatever tokio they use.
        let with_testkit: BTreeSet<&PackageId> =
            reached.iter().filter(|packages| packages.iter().any(&is_testkit)).flatten().copied().collect();
        let Some(testkit) = with_testkit.iter().copied().find(is_testkit) else {
            bail!("{}", self.without_testkit());
        };
        let version = &self.metadata[testkit].version;
        if (version.major, version.minor) != OWN_VERSION {
            let directory = self.metadata[testkit].manifest_path.parent().map(ToString::to_string);
            bail!(
                "this is `cargo testkit` {}, but the workspace has testkit {version}. Install the one that fits: cargo \
                 install --path {}/cargo-testkit",
                env!("CARGO_PKG_VERSION"),
                directory.unwrap_or_default()
            );
        }
        let tokios: Vec<_> =
            with_testkit.iter().map(|id| &self.metadata[*id]).filter(|package| package.name == "tokio").collect();
        match tokios[..] {
            [] => bail!("testkit {version} of this workspace does not use tokio"),
            [tokio] if KnownVersions::contain(tokio.version.major, tokio.version.minor) => Ok(tokio),
            [tokio] => bail!(
                "this `cargo testkit` knows tokio {KnownVersions}, but the workspace has {}. Choose a version: cargo \
                 update -p tokio --precise VERSION",
                tokio.version
            ),
            _ => bail!(self.several(&tokios, &graph)),
        }
    }

    /// Returns the message for a workspace without this project's testkit.
    fn without_testkit(&self) -> String {
        let other = self.metadata.packages.iter().find(|package| package.name == "testkit");
        let problem = match other {
            Some(other) => format!("testkit {} of this workspace is another package of that name", other.version),
            None => "no package of this workspace depends on testkit".to_owned(),
        };
        format!(
            "{problem}, so there is no simulation for the tasks to run in. Add the testkit that `cargo testkit` comes \
             from to the dev-dependencies of the package with the tests, for example: testkit = {{ path = \
             \"../di/testkit\" }}"
        )
    }

    /// Returns the message for several versions of tokio.
    fn several(&self, tokios: &[&Package], graph: &Graph<'_>) -> String {
        let mut message =
            "the tests link several versions of tokio, and a simulation can run only one of them:".to_owned();
        for tokio in tokios {
            let users = graph.iter().filter(|(_, needs)| needs.contains(&&tokio.id));
            let users: BTreeMap<_, _> =
                users.map(|(user, _)| (&self.metadata[*user].name, &self.metadata[*user].version)).collect();
            let users: Vec<_> = users.iter().map(|(name, version)| format!("{name} {version}")).collect();
            message.push_str(&format!("\n  tokio {}, for {}", tokio.version, users.join(", ")));
        }
        message + "\nUpdate the packages with the older one"
    }

    /// Returns the direct dependencies of each package, of all kinds.
    fn dependencies(&self) -> Graph<'_> {
        let nodes = self.metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
        nodes.map(|node| (&node.id, node.deps.iter().map(|needed| &needed.pkg).collect())).collect()
    }
}

/// Returns whether a package is this project's testkit. Registries have another package of that name.
fn is_testkit(package: &Package) -> bool {
    package.name == "testkit" && package.dependencies.iter().any(|dependency| dependency.name == "di-core")
}

type Graph<'a> = HashMap<&'a PackageId, Vec<&'a PackageId>>;

/// Major and minor version of this program, which testkit must share.
const OWN_VERSION: (u64, u64) = (number(env!("CARGO_PKG_VERSION_MAJOR")), number(env!("CARGO_PKG_VERSION_MINOR")));

const fn number(text: &str) -> u64 {
    match u64::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => panic!("cargo sets numbers"),
    }
}

/// Returns the packages that a package needs, and itself.
fn reachable<'a>(graph: &Graph<'a>, from: &'a PackageId) -> BTreeSet<&'a PackageId> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(package) = open.pop() {
        if reached.insert(package) {
            open.extend(graph.get(package).into_iter().flatten());
        }
    }
    reached
}
