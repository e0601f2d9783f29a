//! Madsim, which simulates only where everything is compiled with `--cfg madsim`, and so in a crate of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

/// How long madsim takes, in seconds.
pub(crate) struct Madsim {
    pub(crate) steps: f64,
    pub(crate) schedules: f64,
}

impl Madsim {
    /// Writes a crate into the target folder, and has cargo build and run it: A with so many tasks and yields, and B with
    /// so many schedules.
    ///
    /// # Errors
    ///
    /// The first error that cargo reports, where it cannot fetch, build or run the crate.
    pub(crate) fn measure(tasks: usize, yields: usize, schedules: usize) -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated/madsim");
        fs::create_dir_all(folder.join("src")).expect("the target folder can be written to");
        fs::write(folder.join("Cargo.toml"), MANIFEST).expect("the manifest can be written");
        let lock = folder.join("Cargo.lock");
        // What an earlier run has resolved stays, since only that can be built without a network.
        if !lock.exists() {
            let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
            fs::copy(ours, lock).expect("the workspace has a lock file");
        }
        let constants = [("TASKS", tasks), ("YIELDS", yields), ("SCHEDULES", schedules)];
        let constants = constants.map(|(name, value)| format!("\nconst {name}: usize = {value};\n"));
        let source = include_str!("program.rs.txt").to_owned() + &constants.concat();
        fs::write(folder.join("src/main.rs"), source).expect("the source can be written");

        let mut cargo = Command::new(env!("CARGO"));
        // Not `--quiet`, which some errors would be, too.
        cargo.args(["run", "--release", "--color", "never"]).current_dir(&folder);
        cargo.env("CARGO_TARGET_DIR", folder.join("target"));
        // The encoded flags would go before.
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
