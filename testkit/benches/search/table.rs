//! The tables, and what is reckoned of them.

use std::time::Duration;

use crate::PASSING;
use crate::sample::Sample;

/// How many columns are testkit's; those behind are shuttle's.
const OURS: usize = 5;

/// What the columns are called.
const COLUMNS: [&str; 8] = ["auto", "random", "pct(3)", "pos", "surw", "random", "pct(3)", "urw"];

/// A bug: the medians of each column. Where shuttle cannot run it, those of shuttle are not there, but why.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) medians: Vec<Sample>,
    /// How long a schedule of the fixed twin takes, in each column.
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

    /// A row of the first table.
    pub(crate) fn print_schedules(&self) {
        let cell = |sample: Option<&Sample>| match sample {
            Some(Sample { is_found: false, schedules, .. }) => format!("> {schedules}"),
            Some(Sample { schedules, .. }) => schedules.to_string(),
            None => "-".to_owned(),
        };
        self.print((0..COLUMNS.len()).map(|column| cell(self.medians.get(column))));
    }

    /// A row of the second table.
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

/// The head of the first table, whose rows follow as they are measured.
pub(crate) fn print_head(seeds: u64) {
    println!("Schedules until one fails, the median of {seeds} seeds\n");
    print_columns(&[]);
}

/// The second table, and what comes of both.
pub(crate) fn print_rest(rows: &[Row]) {
    let both: Vec<_> = rows.iter().filter(|row| row.reason.is_none()).collect();
    let schedules = means(&both, |row, column| row.medians[column].schedules as f64);
    print_means(both.len(), schedules.iter().map(|mean| format!("{mean:.1}")));

    println!("\nTime until a schedule fails, the median; `report` is of `auto`\n");
    print_columns(&["report"]);
    for row in rows {
        row.print_times();
    }
    let times = means(&both, |row, column| row.medians[column].time.as_secs_f64());
    let report = means(&both, |row, _| row.medians[0].report.as_secs_f64())[0];
    let seconds = |mean: &f64| if mean.is_nan() { "-".to_owned() } else { text(Duration::from_secs_f64(*mean)) };
    print_means(both.len(), times.iter().chain([&report]).map(seconds));

    println!("\nTime of a schedule that passes: of the fixed twins, {PASSING} schedules each, the start included\n");
    print_columns(&[]);
    let passing = means(&both, |row, column| row.passing[column].as_secs_f64());
    print_means(both.len(), passing.iter().map(seconds));

    println!("\n`auto` beside shuttle's best, by the geometric means of what both run");
    print_ratio("schedules, wanted: at most 1", schedules[0], &schedules);
    print_ratio("time, wanted: at most 0.125", times[0], &times);
    print_ratio("time, the report included", report, &times);
    print_ratio("time of a schedule that passes", passing[0], &passing);
    println!("\nWhat shuttle cannot run, and is not in the means");
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

fn print_ratio(what: &str, auto: f64, means: &[f64]) {
    let theirs = means.iter().zip(COLUMNS).skip(OURS);
    let best = theirs.min_by(|one, other| one.0.total_cmp(other.0));
    if let Some((best, column)) = best {
        println!("  {what:<32}{:>7.3} of {column}", auto / best);
    }
}

/// The geometric mean of each column.
fn means(rows: &[&Row], figure: impl Fn(&Row, usize) -> f64) -> Vec<f64> {
    let mean = |column| {
        let logarithms: f64 = rows.iter().map(|row| figure(row, column).ln()).sum();
        (logarithms / rows.len() as f64).exp()
    };
    (0..COLUMNS.len()).map(mean).collect()
}

/// A time with three digits, in seven characters at the most.
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
