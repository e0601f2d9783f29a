#[testkit::test]
async fn a_test(#[strategy] number: u32) {
    _ = number;
}

fn main() {}
