#[testkit::test]
async fn a_test(#[strategy(0..10)] sim: testkit::Sim) {
    _ = sim;
}

fn main() {}
