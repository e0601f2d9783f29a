#[testkit::test]
async fn a_test(
    #[strategy(0..10_u32)]
    #[strategy(0..20_u32)]
    number: u32,
) {
    _ = number;
}

fn main() {}
