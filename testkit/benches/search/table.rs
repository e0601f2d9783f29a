//! The tables, and the means and ratios computed from them.

use std::time::Duration;

use crate::PASSING;
use crate::sample::Sample;

/// Number of testkit's columns. The others are shuttle's.
const OURS: usize = 5;

/// Column headings.
const COLUMNS: [&str; 8] = ["auto", "random", "pct(3)", "pos", "surw", "random", "pct(3)", "urw"];

/// Results for one bug: the median of each column. If shuttle cannot run it, its columns are missing and `reason` is
/// set.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) medians: Vec<Sample>,
    /// Time per schedule of the fixed version, for each column.
    pub(crate) passing: Vec<Duration>,
    pub(crate) reason: Option<String>,
}

impl Row {
    fn print(&self, cells: impl Iterator<Item = String>) {
        print!("{:<22}", self.name);
        for cell in cells {
            print!("{cell:>9}");
        }
        println!();
    }

    /// Prints a row of the first table.
    pub(crate) fn print_schedules(&self) {
        let cell = |sample: Option<&Sample>| match sample {
            Some(Sample { is_found: false, schedules, .. }) => format!("> {schedules}"),
            Some(Sample { schedules, .. }) => schedules.to_string(),
            None => "-".to_owned(),
        };
        self.print((0..COLUMNS.len()).map(|column| cell(self.medians.get(column))));
    }

    /// Prints a row of the second table.
    fn print_times(&self) {
        let cell = |sample: Option<&Sample>, time: fn(&Sample) -> Duration| match sample {
            Some(sample) if sample.is_found => text(time(sample)),
            Some(sample) => format!(">{}", text(time(sample))),
            None => "-".to_owned(),
        };
        let cells = (0..COLUMNS.len()).map(|column| cell(self.medians.get(column), |sample| sample.time));
        self.print(cells.chain([cell(self.medians.first(), |sample| sample.report)]));
    }
}

/// Prints the head of the first table. Its rows follow as they are measured.
pub(crate) fn print_head(seeds: u64) {
    println!("Schedules to first failure (median of {seeds} seeds)\n");
    print_columns(&[]);
}

/// Prints the other tables, and the ratios.
pub(crate) fn print_rest(rows: &[Row]) {
    let both: Vec<_> = rows.iter().filter(|row| row.reason.is_none()).collect();
    let schedules = means(&both, |row, column| row.medians[column].schedules as f64);
    print_means(both.len(), schedules.iter().map(|mean| format!("{mean:.1}")));

    println!("\nTime to first failure (median); `report` is the time to the finished report of `auto`\n");
    print_columns(&["report"]);
    for row in rows {
        row.print_times();
    }
    let times = means(&both, |row, column| row.medians[column].time.as_secs_f64());
    let report = means(&both, |row, _| row.medians[0].report.as_secs_f64())[0];
    let seconds = |mean: &f64| if mean.is_nan() { "-".to_owned() } else { text(Duration::from_secs_f64(*mean)) };
    print_means(both.len(), times.iter().chain([&report]).map(seconds));

    println!("\nTime per passing schedule (fixed versions, {PASSING} schedules each, startup included)\n");
    print_columns(&[]);
    let passing = means(&both, |row, column| row.passing[column].as_secs_f64());
    print_means(both.len(), passing.iter().map(seconds));

    println!("\n`auto` compared with shuttle's best (ratios of the geometric means over the bugs that both run)");
    print_ratio("schedules (goal: at most 1)", schedules[0], &schedules);
    print_ratio("time (goal: at most 0.125)", times[0], &times);
    print_ratio("time, report included", report, &times);
    print_ratio("time per passing schedule", passing[0], &passing);
    println!("\nBugs that shuttle cannot run (not in the means)");
    for row in rows {
        if let Some(reason) = &row.reason {
            println!("  {:<22}{reason:.84}", row.name);
        }
    }
}

fn print_columns(more: &[&str]) {
    println!("{:<22}{:<45}shuttle", "", "  testkit");
    print!("{:<22}", "");
    for column in COLUMNS.iter().chain(more) {
        print!("{column:>9}");
    }
    println!();
}

fn print_means(count: usize, means: impl Iterator<Item = String>) {
    print!("{:<22}", format!("mean of {count}"));
    for mean in means {
        print!("{mean:>9}");
    }
    println!();
}

fn print_ratio(label: &str, auto: f64, means: &[f64]) {
    let theirs = means.iter().zip(COLUMNS).skip(OURS);
    let best = theirs.min_by(|one, other| one.0.total_cmp(other.0));
    if let Some((best, column)) = best {
        println!("  {label:<32}{:>7.3} of {column}", auto / best);
    }
}

/// Returns the geometric mean of each column.
fn means(rows: &[&Row], figure: impl Fn(&Row, usize) -> f64) -> Vec<f64> {
    let mean = |column| {
        let logarithms: f64 = rows.iter().map(|row| figure(row, column).ln()).sum();
        (logarithms / rows.len() as f64).exp()
    };
    (0..COLUMNS.len()).map(mean).collect()
}

/// Formats a time with three digits, in seven characters at most.
fn text(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    let (number, unit) = match micros {
        ..1e3 => (micros, "us"),
        ..1e6 => (micros / 1e3, "ms"),
        _ => (micros / 1e6, "s"),
    };
    let decimals = if number < 10.0 { 2 } else { usize::from(number < 100.0) };
    format!("{number:.decimals$} {unit}")
}
