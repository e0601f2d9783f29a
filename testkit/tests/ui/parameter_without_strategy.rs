#[testkit::test]
async fn a_test(sim: testkit::Sim, #[strategy(0..10_u32)] first: u32, second: u32) {
    _ = (sim, first, second);
}

fn main() {}
