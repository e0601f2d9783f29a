#[testkit::test(config = 32)]
async fn a_test(#[strategy(0..10_u32)] number: u32) {
    _ = number;
}

fn main() {}
