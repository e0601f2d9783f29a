//! What a container costs at compile time, beside the same by hand and by shaku, in one run.
//!
//! It generates crates of components with three dependencies each, and times cargo:
//!
//! ```text
//! cargo bench -p di-core --bench compile_times
//! cargo bench -p di-core --bench compile_times -- --components 1000 --rounds 1 --without-shaku
//! ```
//!
//! Dependencies are built beforehand, so that a clean build is one of the generated crate alone. The rounds take turns
//! with the crates, and the best one of each counts.

mod generator;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use generator::Style;

struct Arguments {
    components: usize,
    rounds: usize,
    styles: Vec<Style>,
}

fn arguments() -> Arguments {
    let mut arguments = Arguments { components: 400, rounds: 3, styles: Style::ALL.to_vec() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || {
            let text = words.next().unwrap_or_default();
            text.parse().unwrap_or_else(|_| panic!("`{word}` takes a number, not `{text}`"))
        };
        match word.as_str() {
            "--components" => arguments.components = number(),
            "--rounds" => arguments.rounds = number(),
            "--without-shaku" => arguments.styles.retain(|style| !style.is_shaku()),
            "--bench" => {}
            other => panic!("`{other}` is none of --components N, --rounds N, --without-shaku"),
        }
    }
    arguments
}

/// A generated crate, and the best times that cargo has taken for it.
struct Package {
    style: Style,
    folder: PathBuf,
    check: Duration,
    recheck: Duration,
    build: Duration,
}

impl Package {
    /// Writes the crate, and builds what it depends on.
    fn new(style: Style, components: usize, root: &Path) -> Self {
        let folder = root.join(style.name());
        fs::create_dir_all(folder.join("src")).expect("the target folder can be written to");
        let manifest = generator::manifest(style, Path::new(env!("CARGO_MANIFEST_DIR")));
        fs::write(folder.join("Cargo.toml"), manifest).expect("the manifest can be written");
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        fs::copy(lock, folder.join("Cargo.lock")).expect("the workspace has a lock file");
        let package = Package { style, folder, check: Duration::MAX, recheck: Duration::MAX, build: Duration::MAX };
        package.write(&generator::source(style, 2));
        package.cargo(&["check"]);
        package.cargo(&["build"]);
        package.write(&generator::source(style, components));
        package
    }

    fn write(&self, source: &str) {
        fs::write(self.folder.join("src/main.rs"), source).expect("the source can be written");
    }

    fn source(&self) -> String {
        fs::read_to_string(self.folder.join("src/main.rs")).expect("the source was written")
    }

    /// How long cargo takes.
    fn cargo(&self, words: &[&str]) -> Duration {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(words).arg("--quiet").current_dir(&self.folder);
        cargo.env("CARGO_TARGET_DIR", self.folder.with_file_name("target"));
        cargo.env_remove("RUSTFLAGS").env_remove("CARGO_INCREMENTAL");
        let begun = Instant::now();
        let status = cargo.status().expect("cargo can be run");
        assert!(status.success(), "`cargo {}` failed in {}", words.join(" "), self.folder.display());
        begun.elapsed()
    }

    fn clean(&self) {
        self.cargo(&["clean", "--package", self.style.name()]);
    }

    /// One round of each measurement.
    fn measure(&mut self) {
        self.clean();
        self.check = self.check.min(self.cargo(&["check"]));
        self.write(&(self.source() + "// one comment more\n"));
        self.recheck = self.recheck.min(self.cargo(&["check"]));
        self.clean();
        self.build = self.build.min(self.cargo(&["build"]));
    }
}

fn main() {
    let Arguments { components, rounds, styles } = arguments();
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile-times");
    let mut packages: Vec<_> = styles.into_iter().map(|style| Package::new(style, components, &root)).collect();
    for round in 0..rounds {
        // Shaku takes a minute and more, of which noise is a small part.
        for package in packages.iter_mut().filter(|package| round == 0 || !package.style.is_shaku()) {
            package.measure();
        }
    }
    println!("{components} components, three dependencies each; best of {rounds}; ratios to the same by hand");
    println!("{:<34}{:>18}{:>18}{:>18}", "", "clean check", "re-check", "clean debug build");
    for package in &packages {
        let column = |time: fn(&Package) -> Duration| {
            let ratio = time(package).as_secs_f64() / time(&packages[0]).as_secs_f64();
            format!("{:.2} s {ratio:>6.2} x", time(package).as_secs_f64())
        };
        let [check, recheck, build] =
            [column(|package| package.check), column(|package| package.recheck), column(|package| package.build)];
        println!("{:<34}{check:>18}{recheck:>18}{build:>18}", package.style.caption());
    }
}
