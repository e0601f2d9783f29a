//! Other simulators, each with a generated crate: they need mini-redis compiled against their own tokio or sockets.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::SCHEDULES;

/// A simulator.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// Dependencies of mini-redis that replace tokio or its sockets, as lines of a manifest.
    of_mini_redis: &'static str,
    /// Dependencies of the program.
    of_program: &'static str,
    /// Texts in the source of mini-redis, and their replacements.
    replaced: &'static [(&'static str, &'static str)],
    flags: &'static str,
    program: &'static str,
}

/// A program that was built.
pub(crate) struct Program(PathBuf);

impl Peer {
    /// madsim replaces tokio as a whole, in a build with `--cfg madsim`.
    pub(crate) const MADSIM: Peer = Peer {
        name: "madsim",
        of_mini_redis: r#"tokio = { package = "madsim-tokio", version = "0.2", features = ["full"] }"#,
        of_program: r#"madsim = "0.2"
tokio = { package = "madsim-tokio", version = "0.2", features = ["full"] }"#,
        replaced: &[],
        flags: "--cfg madsim",
        program: include_str!("madsim.rs.txt"),
    };

    /// turmoil has sockets of its own.
    pub(crate) const TURMOIL: Peer = Peer {
        name: "turmoil",
        of_mini_redis: r#"tokio = { version = "1", features = ["full"] }
turmoil = "0.7""#,
        of_program: r#"tokio = { version = "1", features = ["full"] }
turmoil = "0.7""#,
        replaced: &[
            ("tokio::net::{TcpStream, ToSocketAddrs}", "turmoil::{ToSocketAddrs, net::TcpStream}"),
            ("tokio::net::{TcpListener, TcpStream}", "turmoil::net::{TcpListener, TcpStream}"),
            ("tokio::net::TcpStream", "turmoil::net::TcpStream"),
            // A listener of turmoil does not implement `Debug`.
            ("#[derive(Debug)]\nstruct Listener", "struct Listener"),
        ],
        flags: "",
        program: include_str!("turmoil.rs.txt"),
    };

    /// Writes the crate into the target directory, and builds it.
    ///
    /// # Errors
    ///
    /// The first error that cargo reports, if it cannot fetch or build the crate.
    pub(crate) fn build(&self) -> Result<Program, String> {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated").join(self.name);
        let write = |path: &str, text: &str| {
            let path = directory.join(path);
            fs::create_dir_all(path.parent().expect("the path has a parent"))
                .expect("the target directory can be written to");
            fs::write(path, text).expect("the target directory can be written to");
        };
        for (path, text) in sources_of_mini_redis()? {
            let replace = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
            write(&format!("mini-redis/src/{path}"), &self.replaced.iter().fold(text, replace));
        }
        write("mini-redis/Cargo.toml", &format!("{MINI_REDIS}{}\n", self.of_mini_redis));
        write("Cargo.toml", &format!("{PROGRAM}{}\n", self.of_program));
        write("src/main.rs", &format!("{}\nconst SCHEDULES: u64 = {SCHEDULES};\n", self.program));
        write("src/scenario.rs", include_str!("scenario.rs"));

        let mut cargo = Command::new(env!("CARGO"));
        // Not `--quiet`, which would also hide some errors.
        cargo.args(["build", "--release", "--color", "never"]).current_dir(&directory);
        cargo.env("CARGO_TARGET_DIR", directory.join("target")).env_remove("RUSTC_WRAPPER");
        // Encoded flags would take precedence.
        cargo.env_remove("CARGO_ENCODED_RUSTFLAGS").env("RUSTFLAGS", self.flags);
        let output = cargo.output().expect("cargo can be run");
        if !output.status.success() {
            let stderr = String::from_utf8_lossy(&output.stderr);
            let error = stderr.lines().find(|line| line.starts_with("error"));
            return Err(error.map_or_else(|| output.status.to_string(), str::to_owned));
        }
        Ok(Program(directory.join("target/release/program")))
    }
}

impl Program {
    /// Returns the time of a schedule, in seconds.
    pub(crate) fn measure(&self) -> f64 {
        let output = Command::new(&self.0).output().expect("the program can be run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().parse().expect("the program prints a number")
    }
}

/// Returns the source files of mini-redis, by path. Leaves out what uses a runtime of its own.
fn sources_of_mini_redis() -> Result<Vec<(String, String)>, String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1", "--offline", "--features", "sockets"]);
    let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo can be run");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let packages = metadata["packages"].as_array().ok_or("cargo lists no packages")?;
    let package = packages.iter().find(|package| package["name"] == "mini-redis").ok_or("there is no mini-redis")?;
    let manifest = Path::new(package["manifest_path"].as_str().ok_or("the package has no manifest")?);
    let root = manifest.parent().ok_or("the manifest has no directory")?.join("src");
    let mut sources = Vec::new();
    for folder in ["", "cmd"] {
        for entry in fs::read_dir(root.join(folder)).map_err(|error| error.to_string())?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".rs") && name != "blocking_client.rs" {
                let text = fs::read_to_string(entry.path()).map_err(|error| error.to_string())?;
                let path = Path::new(folder).join(name).to_string_lossy().into_owned();
                sources.push((path, text.replace("pub mod blocking_client;", "")));
            }
        }
    }
    Ok(sources)
}

const MINI_REDIS: &str = r#"[package]
name = "mini-redis"
version = "0.4.1"
edition = "2018"

[dependencies]
async-stream = "0.3"
atoi = "0.3"
bytes = "1"
tokio-stream = "0.1"
tracing = "0.1"
"#;

const PROGRAM: &str = r#"[package]
name = "program"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
mini-redis = { path = "mini-redis" }
"#;
