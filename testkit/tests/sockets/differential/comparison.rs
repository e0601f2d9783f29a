//! The same program on the real loopback interface and in a simulation.

use std::net::{Ipv6Addr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use testkit::Explorer;

use super::calls;
use super::operation::Operation;
use super::program;

/// Number of times that a program runs on the real interface before a difference counts.
///
/// The system may deliver a packet later than usual if the machine is busy, and may choose a port again that the program
/// has used before. Neither happens in each attempt.
const ATTEMPTS: usize = 5;

/// Returns a description of the first difference between the outcomes of a program. Some machines have no loopback address
/// of IPv6, so nothing can be compared there.
pub(super) fn difference(program: &[Operation]) -> Option<String> {
    if UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        println!("skipped: this machine has no loopback address of IPv6");
        return None;
    }
    let ours = in_simulation(program);
    let mut found = None;
    for attempt in 0..ATTEMPTS {
        let pause = Duration::from_millis(attempt as u64);
        found = first_difference(program, &ours, &on_system(program, pause));
        found.as_ref()?;
    }
    found
}

fn first_difference(program: &[Operation], ours: &[String], system: &[String]) -> Option<String> {
    let at = (0..program.len()).find(|&at| ours.get(at) != system.get(at))?;
    let lines = (0..at).map(|at| format!("{:?}\n    {}\n", program[at], system[at]));
    let (system, ours) = (&system[at], ours.get(at));
    Some(format!("{}{:?}\n  system: {system}\n  ours:   {ours:?}", lines.collect::<String>(), program[at]))
}

/// Runs a program in a simulation.
fn in_simulation(program: &[Operation]) -> Vec<String> {
    let (program, outcomes) = (program.to_vec(), Arc::new(Mutex::new(Vec::new())));
    let kept = outcomes.clone();
    let explorer = Explorer::new().schedules(1).regressions(false).timeline(false).shrink(false);
    let run = explorer.run(move |_| {
        let (program, kept) = (program.clone(), kept.clone());
        async move {
            let outcomes = program::run(&program, || {});
            *kept.lock().unwrap() = outcomes;
        }
    });
    let mut outcomes = std::mem::take(&mut *outcomes.lock().unwrap());
    if let Some(failure) = run.failure() {
        outcomes.push(failure.to_string());
    }
    outcomes
}

/// Runs a program on the real loopback interface, with a pause after each operation.
fn on_system(program: &[Operation], pause: Duration) -> Vec<String> {
    // Packets wait in a queue of each processor. A thread on one processor sees when all earlier ones have arrived.
    calls::pin_thread();
    let probe = UdpSocket::bind("127.0.0.1:0").expect("a port is free");
    probe.connect(probe.local_addr().expect("it is bound")).expect("it can be connected with itself");
    program::run(program, || {
        // A handshake has three packets. Each is sent when the one before arrives.
        for _ in 0..4 {
            probe.send(b"x").expect("it is connected");
            probe.recv(&mut [0]).expect("it was sent");
        }
        std::thread::sleep(pause);
    })
}
