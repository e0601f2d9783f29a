#[testkit::test]
async fn a_test(
    #[strategy(0..9)] a: u8,
    #[strategy(0..9)] b: u8,
    #[strategy(0..9)] c: u8,
    #[strategy(0..9)] d: u8,
    #[strategy(0..9)] e: u8,
    #[strategy(0..9)] f: u8,
    #[strategy(0..9)] g: u8,
    #[strategy(0..9)] h: u8,
    #[strategy(0..9)] i: u8,
    #[strategy(0..9)] j: u8,
    #[strategy(0..9)] k: u8,
    #[strategy(0..9)] l: u8,
    #[strategy(0..9)] m: u8,
) {
}

fn main() {}
