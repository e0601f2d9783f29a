//! Virtual timestamps for `tracing` events.

use std::fmt;

use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

use crate::sim::Sim;

/// A `tracing` timer. Inside a simulation it shows the virtual time since the start and the current task; outside, the
/// system time.
///
/// ```
/// use testkit::tracing::SimTime;
///
/// tracing_subscriber::fmt().with_timer(SimTime).with_test_writer().init();
/// # let outcome = testkit::Explorer::new().schedules(1).run(|sim| async move {
/// sim.sleep(std::time::Duration::from_secs(90)).await;
/// tracing::info!("ready"); // 90.000000s main  INFO ..: ready
/// # });
/// # assert!(outcome.failure().is_none());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SimTime;

impl FormatTime for SimTime {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        match Sim::try_current() {
            Some(sim) => write!(writer, "{:.6}s {}", sim.elapsed().as_secs_f64(), sim.task_name()),
            None => SystemTime.format_time(writer),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;
    use crate::Explorer;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Written {
        type Writer = Written;

        fn make_writer(&self) -> Written {
            self.clone()
        }
    }

    #[test]
    fn an_event_shows_the_virtual_time_and_its_task() {
        let written = Written::default();
        let subscriber = tracing_subscriber::fmt().with_timer(SimTime).with_ansi(false).with_writer(written.clone());
        let subscriber = tracing::Dispatch::new(subscriber.finish());
        let outcome = Explorer::new().schedules(1).check_determinism(false).run(move |sim| {
            let subscriber = subscriber.clone();
            async move {
                let host = async move {
                    tokio::time::sleep(Duration::from_secs(90)).await;
                    tracing::dispatcher::with_default(&subscriber, || tracing::info!("ready"));
                };
                sim.spawn("host", host).await.unwrap();
            }
        });
        assert!(outcome.failure().is_none());
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert!(text.starts_with("90.000000s host  INFO ") && text.contains("ready"), "{text}");
    }
}
