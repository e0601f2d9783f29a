#[testkit::test(colour = "red")]
async fn a_test() {}

fn main() {}
