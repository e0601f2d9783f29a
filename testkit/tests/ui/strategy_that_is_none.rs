#[testkit::test]
async fn a_test(#[strategy(7_u32)] number: u32) {
    _ = number;
}

fn main() {}
