//! Soaks: a test runs for the duration in `TESTKIT_TIME`, counts failures, and ends with a summary.

use std::time::{Duration, Instant};

use proptest::test_runner::{Config as ProptestConfig, FileFailurePersistence};
use testkit::{Explorer, Sim};

use crate::support::{SECOND, printed, run_alone};

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
async fn passes(sim: Sim) {
    let tasks = ["a", "b"].map(|name| sim.spawn(name, tokio::task::yield_now()));
    for task in tasks {
        task.await.unwrap();
    }
}

#[testkit::test]
#[ignore = "run by other tests, with environment variables"]
async fn fails_in_two_ways(sim: Sim) {
    match sim.choose(5) {
        3 => panic!("the third"),
        4 => std::future::pending().await,
        _ => {}
    }
}

#[testkit::test(config = ProptestConfig {
    failure_persistence: std::env::var("SOAK_KEPT").ok().map(|path| Box::new(FileFailurePersistence::Direct(path.leak())) as _),
    ..ProptestConfig::default()
})]
#[ignore = "run by other tests, with environment variables"]
async fn fails_with_some_inputs(#[strategy(0_u32..1_000)] number: u32, #[strategy(0..5_u32)] way: u32) {
    match way {
        3 if number >= 100 => panic!("the third"),
        4 if number >= 200 => std::future::pending().await,
        _ => {}
    }
}

#[testkit::test(max_poll_time = "100ms")]
#[ignore = "run by other tests, with environment variables"]
async fn rarely_hangs(sim: Sim) {
    if sim.choose(100) == 7 {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

#[testkit::test(max_poll_time = "100ms", config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
#[ignore = "run by other tests, with environment variables"]
async fn hangs_with_some_inputs(#[strategy(0_u32..100)] number: u32) {
    if number == 7 {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

#[test]
#[ignore = "run by other tests, with environment variables"]
fn fails_as_a_value() {
    let outcome = Explorer::new().run(|sim: Sim| async move { assert!(sim.choose(100) != 7) });
    println!("{} schedules, first failure in {}", outcome.schedules_run(), outcome.failure().unwrap().found_after());
}

#[test]
fn a_soak_runs_for_its_time_and_prints_a_summary() {
    let begun = Instant::now();
    let output = run_alone("soak::passes", &[("TESTKIT_TIME", "2s")]);
    assert!((2 * SECOND..20 * SECOND).contains(&begun.elapsed()));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(errors.contains("soak::passes: soaking for 00:00:02"), "{errors}");
    assert!(errors.contains("soak::passes: soaked for 00:00:02; "), "{errors}");
    assert!(errors.contains("/s; no failure; "), "{errors}");
    assert!(errors.contains(" schedules were distinct; none of the last "), "{errors}");
}

#[test]
fn other_runs_print_nothing() {
    let output = run_alone("soak::passes", &[]);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", printed(&output));
}

#[test]
fn a_soak_continues_after_failures_and_reports_each_different_one() {
    let output = run_alone("soak::fails_in_two_ways", &[("TESTKIT_TIME", "1s")]);
    let text = printed(&output);
    assert!(!output.status.success());
    let counts = text.lines().find(|line| line.contains(" failed: ")).unwrap_or_else(|| panic!("{text}"));
    assert!(counts.contains(" panic") && counts.contains(" deadlock"), "{text}");
    for part in ["\nfailure 1 of 2, in ", "\nfailure 2 of 2, in ", "the third", "deadlock: 1 task waits"] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    assert_eq!(text.matches("TESTKIT_REPLAY='v1:").count(), 2, "{text}");
}

#[test]
fn a_soak_keeps_each_different_failure() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("TESTKIT_TIME", "1s"), ("TESTKIT_REGRESSIONS", folder.path().to_str().unwrap())];
    let text = printed(&run_alone("soak::fails_in_two_ways", &variables));
    let kept = std::fs::read_to_string(folder.path().join("explorer-soak-fails_in_two_ways.txt")).unwrap();
    assert!(kept.contains(" # panic: ") && kept.contains(" # deadlock: "), "{kept}\n{text}");
}

#[test]
fn a_soak_with_inputs_continues_after_failures_and_reports_each_different_one() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept.txt");
    let variables = [("TESTKIT_TIME", "2s"), ("SOAK_KEPT", kept.to_str().unwrap())];
    let text = printed(&run_alone("soak::fails_with_some_inputs", &variables));
    for part in [
        "soak::fails_with_some_inputs: soaking for 00:00:02",
        "soak::fails_with_some_inputs: soaked for 00:00:02; ",
        "\nfailure 1 of 2, in ",
        "\nfailure 2 of 2, in ",
        "    number = 100\n    way = 3\n",
        "    number = 200\n    way = 4\n",
    ] {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    let counts = text.lines().find(|line| line.contains(" failed: ")).unwrap_or_else(|| panic!("{text}"));
    assert!(counts.contains(" panic") && counts.contains(" deadlock") && !counts.contains("time was up"), "{text}");
    let kept = std::fs::read_to_string(kept).unwrap();
    assert_eq!(kept.matches("\ncc ").count(), 2, "{kept}\n{text}");
    for schedule in text.split("TESTKIT_REPLAY='").skip(1).map(|rest| rest.split('\'').next().unwrap()) {
        let again = printed(&run_alone("soak::fails_with_some_inputs", &[("TESTKIT_REPLAY", schedule)]));
        assert!(again.contains(schedule), "{again}");
    }
}

#[test]
fn a_soak_continues_after_a_few_polls_that_do_not_return() {
    for test in ["rarely_hangs", "hangs_with_some_inputs"] {
        let text = printed(&run_alone(&format!("soak::{test}"), &[("TESTKIT_TIME", "60s")]));
        assert!(text.contains("given up after 00:00:0") && text.contains("5 step limit"), "{text}");
        assert!(text.contains("failure 1 of 1, in 5 schedules"), "{text}");
        assert!(text.contains("did not return from its poll"), "{text}");
    }
}

#[test]
fn a_replay_is_not_soaked() {
    let output = run_alone("soak::passes", &[("TESTKIT_TIME", "60s"), ("TESTKIT_REPLAY", "v1:7")]);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", printed(&output));
}

#[test]
fn an_explorer_ends_at_its_first_failure_even_in_a_soak() {
    let text = printed(&run_alone("soak::fails_as_a_value", &[("TESTKIT_TIME", "60s")]));
    let line = text.lines().find(|line| line.contains(" schedules, first failure in ")).expect("it ends");
    let (schedules, found) = line.split_once(" schedules, first failure in ").unwrap();
    assert_eq!(schedules.split_whitespace().last(), Some(found), "{text}");
}

#[test]
fn a_number_of_schedules_ends_a_soak_earlier() {
    let begun = Instant::now();
    let text = printed(&run_alone("soak::passes", &[("TESTKIT_TIME", "10m"), ("TESTKIT_SCHEDULES", "77")]));
    assert!(begun.elapsed() < 60 * SECOND);
    assert!(text.contains(" of 77 schedules were distinct"), "{text}");
}

#[cfg(unix)]
mod interrupted {
    use std::io::{BufRead, BufReader, Read};
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
    use std::time::Instant;

    use crate::support::{MILLISECOND, SECOND, alone};

    #[testkit::test(max_poll_time = "1h")]
    #[ignore = "run by other tests, with environment variables"]
    async fn blocks() {
        std::thread::sleep(std::time::Duration::from_secs(600));
    }

    /// A soak in a separate process.
    struct Soak {
        child: Child,
        errors: BufReader<ChildStderr>,
    }

    impl Soak {
        /// Starts a soak and waits until it runs schedules.
        fn start(test: &str) -> Self {
            let mut command: Command = alone(&format!("soak::{test}"), &[("TESTKIT_TIME", "10m")]);
            let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            let mut errors = BufReader::new(child.stderr.take().unwrap());
            let mut line = String::new();
            errors.read_line(&mut line).unwrap();
            assert!(line.contains("soaking for 00:10:00 (TESTKIT_TIME); Ctrl-C ends the soak"), "{line}");
            std::thread::sleep(300 * MILLISECOND);
            Soak { child, errors }
        }

        fn interrupt(&self) {
            let status = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
            assert!(status.success());
        }

        /// Waits for the process to end. Returns the exit status and all output.
        fn end(mut self) -> (ExitStatus, String) {
            let begun = Instant::now();
            while self.child.try_wait().unwrap().is_none() {
                if begun.elapsed() > 60 * SECOND {
                    self.child.kill().unwrap();
                    panic!("the soak does not end");
                }
                std::thread::sleep(10 * MILLISECOND);
            }
            let mut text = String::new();
            self.errors.read_to_string(&mut text).unwrap();
            self.child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
            (self.child.wait().unwrap(), text)
        }
    }

    const SIGINT: i32 = 2;

    #[test]
    fn an_interrupt_ends_a_soak_with_its_summary() {
        let soak = Soak::start("passes");
        soak.interrupt();
        let (status, text) = soak.end();
        assert!(text.contains("soak::passes: interrupted after 00:00:0"), "{text}");
        assert!(text.contains(" of 00:10:00; ") && text.contains("no failure"), "{text}");
        // The test harness finishes, but the exit status is that of an interrupted process.
        assert!(text.contains("test result: ok"), "{text}");
        assert_eq!(status.signal(), Some(SIGINT), "{text}");
    }

    #[test]
    fn an_interrupt_ends_a_soak_with_the_reports_of_its_failures() {
        for test in ["fails_in_two_ways", "fails_with_some_inputs"] {
            let soak = Soak::start(test);
            soak.interrupt();
            let (status, text) = soak.end();
            assert!(text.contains("interrupted after 00:00:0"), "{text}");
            assert!(text.contains("failure 2 of 2, in ") && text.contains("the third"), "{text}");
            assert!(text.contains("test result: FAILED"), "{text}");
            assert!(!status.success());
        }
    }

    #[test]
    fn a_second_interrupt_ends_the_process_immediately() {
        let mut soak = Soak::start("interrupted::blocks");
        soak.interrupt();
        std::thread::sleep(300 * MILLISECOND);
        assert!(soak.child.try_wait().unwrap().is_none());
        soak.interrupt();
        let (status, text) = soak.end();
        assert_eq!(status.signal(), Some(SIGINT), "{text}");
    }
}
