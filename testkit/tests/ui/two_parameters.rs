#[testkit::test]
async fn a_test(sim: testkit::Sim, number: u32) {
    _ = (sim, number);
}

fn main() {}
