#[testkit::test]
async fn a_test(#[strategy(0..10_u32)] number: u32, sim: testkit::Sim) {
    _ = (sim, number);
}

fn main() {}
