#[testkit::test(config = proptest::prelude::ProptestConfig::with_cases(32))]
async fn a_test(sim: testkit::Sim) {
    _ = sim;
}

fn main() {}
