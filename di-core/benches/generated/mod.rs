//! A crate that a benchmark generates and builds with cargo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A generated crate in the target directory. It is a separate workspace.
pub(crate) struct GeneratedCrate {
    name: &'static str,
    directory: PathBuf,
}

impl GeneratedCrate {
    /// Creates a crate with these lines under `[dependencies]`. The lock file of this workspace selects the versions.
    pub(crate) fn new(name: &'static str, dependencies: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated").join(name);
        fs::create_dir_all(directory.join("src")).expect("the target directory can be written to");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n\n[workspace]\n"
        );
        fs::write(directory.join("Cargo.toml"), manifest).expect("the manifest can be written");
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        fs::copy(lock, directory.join("Cargo.lock")).expect("the workspace has a lock file");
        GeneratedCrate { name, directory }
    }

    /// Returns the line under `[dependencies]` for this package, without its default features.
    pub(crate) fn di_core() -> String {
        format!("di-core = {{ path = {:?}, default-features = false }}", env!("CARGO_MANIFEST_DIR"))
    }

    pub(crate) fn write(&self, source: &str) {
        fs::write(self.directory.join("src/main.rs"), source).expect("the source can be written");
    }

    /// Runs cargo in the crate, and returns the elapsed time.
    pub(crate) fn cargo(&self, words: &[&str]) -> Duration {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.arg("--quiet").args(words).current_dir(&self.directory);
        cargo.env("CARGO_TARGET_DIR", self.directory.with_file_name("target"));
        cargo.env_remove("RUSTFLAGS").env_remove("CARGO_INCREMENTAL");
        let begun = Instant::now();
        let status = cargo.status().expect("cargo can be run");
        assert!(status.success(), "`cargo {}` failed in {}", words.join(" "), self.directory.display());
        begun.elapsed()
    }

    /// Returns LLVM's representation of the crate, from the last debug build with `--emit=llvm-ir`.
    #[allow(dead_code, reason = "not every benchmark measures code")]
    pub(crate) fn llvm_ir(&self) -> String {
        let prefix = format!("{}-", self.name.replace('-', "_"));
        let files = fs::read_dir(self.directory.with_file_name("target").join("debug/deps")).expect("there is a build");
        let of_crate = files.filter_map(Result::ok).map(|file| file.path()).filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with(&prefix) && name.ends_with(".ll")
        });
        let newest = of_crate.max_by_key(|path| path.metadata().and_then(|data| data.modified()).ok());
        fs::read_to_string(newest.expect("the build emits LLVM IR")).expect("the build output can be read")
    }

    /// Returns the size of the binary in the release profile, in bytes.
    #[allow(dead_code, reason = "not every benchmark measures code")]
    pub(crate) fn binary_size(&self) -> u64 {
        let binary = self.directory.with_file_name("target").join("release").join(self.name);
        binary.metadata().expect("there is a release build").len()
    }

    /// Removes the build output of the crate, but not that of its dependencies.
    #[allow(dead_code, reason = "not every benchmark cleans")]
    pub(crate) fn clean(&self) {
        self.cargo(&["clean", "--package", self.name]);
    }
}
