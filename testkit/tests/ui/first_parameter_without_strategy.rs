#[testkit::test]
async fn a_test(number: u32) {
    _ = number;
}

fn main() {}
