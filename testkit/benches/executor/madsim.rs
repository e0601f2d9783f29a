//! Runs the workloads on madsim. madsim simulates only if everything is compiled with `--cfg madsim`, so the workloads
//! need their own crate.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Times under madsim, in seconds.
pub(crate) struct Madsim {
    /// Workload A.
    pub(crate) steps: f64,
    /// Workload B.
    pub(crate) schedules: f64,
}

impl Madsim {
    /// Writes a crate into the target directory and runs it with cargo: workload A with `tasks` and `yields`, and
    /// workload B with `schedules`.
    ///
    /// # Errors
    ///
    /// The first error that cargo reports, if it cannot fetch, build or run the crate.
    pub(crate) fn measure(tasks: usize, yields: usize, schedules: usize) -> Result<Self, String> {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated/madsim");
        fs::create_dir_all(directory.join("src")).expect("the target directory can be written to");
        fs::write(directory.join("Cargo.toml"), MANIFEST).expect("the manifest can be written");
        let lock = directory.join("Cargo.lock");
        // Keep the versions of an earlier run: only those can be built without a network.
        if !lock.exists() {
            let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
            fs::copy(ours, lock).expect("the workspace has a lock file");
        }
        let constants = [("TASKS", tasks), ("YIELDS", yields), ("SCHEDULES", schedules)];
        let constants = constants.map(|(name, value)| format!("\nconst {name}: usize = {value};\n"));
        let source = include_str!("program.rs.txt").to_owned() + &constants.concat();
        fs::write(directory.join("src/main.rs"), source).expect("the source can be written");

        let mut cargo = Command::new(env!("CARGO"));
        // Not `--quiet`, which would also hide some errors.
        cargo.args(["run", "--release", "--color", "never"]).current_dir(&directory);
        cargo.env("CARGO_TARGET_DIR", directory.join("target"));
        // Encoded flags would take precedence.
        cargo.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", "--cfg madsim");
        let output = cargo.output().expect("cargo can be run");
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            let error = stderr.lines().find(|line| line.starts_with("error"));
            return Err(error.map_or_else(|| output.status.to_string(), str::to_owned));
        }
        let stdout = String::from_utf8_lossy(&output.stdout);
        let mut times = stdout.lines().map(|line| line.parse().expect("the program prints numbers"));
        let mut time = || times.next().expect("the program prints a time for each workload");
        Ok(Madsim { steps: time(), schedules: time() })
    }
}

const MANIFEST: &str = r#"[package]
name = "madsim-program"
version = "0.0.0"
edition = "2024"

[dependencies]
madsim = { version = "0.2", default-features = false }

[workspace]
"#;
