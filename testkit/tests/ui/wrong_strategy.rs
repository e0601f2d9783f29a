#[testkit::test(strategy = "fofo")]
async fn a_test() {}

fn main() {}
