//! Compile-time cost of a container and size of its code, compared with wiring by hand and shaku in the same run.
//!
//! Generates crates of components with three dependencies each, and times cargo:
//!
//! ```text
//! cargo bench -p di-core --bench compile_times
//! cargo bench -p di-core --bench compile_times -- --components 1000 --rounds 1 --without-shaku
//! ```
//!
//! Dependencies are built beforehand, so a clean build compiles only the generated crate. Each round measures all
//! crates, those of shaku only in the first round. The best time of each crate counts. Unless a number of components is
//! given, there is a large container and one of usual size.

mod code_size;
#[path = "../generated/mod.rs"]
mod generated;
mod generator;

use std::time::Duration;

use code_size::CodeSize;
use generated::GeneratedCrate;
use generator::Style;

struct Arguments {
    components: Vec<usize>,
    rounds: usize,
    styles: Vec<Style>,
}

fn arguments() -> Arguments {
    let mut arguments = Arguments { components: vec![400, 60], rounds: 3, styles: Style::ALL.to_vec() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || {
            let text = words.next().unwrap_or_default();
            text.parse().unwrap_or_else(|_| panic!("`{word}` takes a number, not `{text}`"))
        };
        match word.as_str() {
            "--components" => arguments.components = vec![number()],
            "--rounds" => arguments.rounds = number(),
            "--without-shaku" => arguments.styles.retain(|style| !style.is_shaku()),
            "--bench" => {}
            other => panic!("unknown argument `{other}`: expected --components N, --rounds N or --without-shaku"),
        }
    }
    arguments
}

/// A generated crate, with cargo's best times for it.
struct Package {
    style: Style,
    generated: GeneratedCrate,
    source: String,
    check: Duration,
    recheck: Duration,
    build: Duration,
}

impl Package {
    /// Writes the crate, and builds its dependencies.
    fn new(style: Style, components: usize) -> Self {
        let generated = GeneratedCrate::new(style.name(), &style.dependencies());
        generated.write(&generator::source(style, 2));
        generated.cargo(&["check"]);
        generated.cargo(&["build"]);
        let source = generator::source(style, components);
        generated.write(&source);
        let never = Duration::MAX;
        Package { style, generated, source, check: never, recheck: never, build: never }
    }

    /// Runs one round of each measurement.
    fn measure(&mut self) {
        self.generated.clean();
        self.check = self.check.min(self.generated.cargo(&["check"]));
        self.source += "// another comment\n";
        self.generated.write(&self.source);
        self.recheck = self.recheck.min(self.generated.cargo(&["check"]));
        self.generated.clean();
        self.build = self.build.min(self.generated.cargo(&["build"]));
    }
}

fn main() {
    let Arguments { components, rounds, styles } = arguments();
    for components in components {
        compare(components, rounds, &styles);
    }
}

/// Measures containers of this size, and prints the results.
fn compare(components: usize, rounds: usize, styles: &[Style]) {
    let mut packages: Vec<_> = styles.iter().map(|&style| Package::new(style, components)).collect();
    for round in 0..rounds {
        // shaku takes more than a minute, so noise matters little and one round is enough.
        for package in packages.iter_mut().filter(|package| round == 0 || !package.style.is_shaku()) {
            package.measure();
        }
    }
    println!("{components} components, three dependencies each; best of {rounds}; ratios to wiring by hand");
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
    println!("{:<34}{:>18}{:>18}{:>18}", "", "release binary", "functions", "lines of LLVM IR");
    let sizes: Vec<_> = packages.iter().map(|package| CodeSize::new(&package.generated)).collect();
    for (package, size) in packages.iter().zip(&sizes) {
        let binary = size.binary as f64 / 1024.0;
        let ratio =
            |of: fn(&CodeSize) -> usize| format!("{} {:>6.2} x", of(size), of(size) as f64 / of(&sizes[0]) as f64);
        let (functions, lines) = (ratio(|size| size.functions), ratio(|size| size.lines));
        println!("{:<34}{:>18}{functions:>18}{lines:>18}", package.style.caption(), format!("{binary:.0} KiB"));
    }
}
