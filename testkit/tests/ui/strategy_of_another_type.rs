#[testkit::test]
async fn a_test(#[strategy(0..10_u32)] name: String) {
    _ = name;
}

fn main() {}
