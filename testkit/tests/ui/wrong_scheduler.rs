#[testkit::test(scheduler = "fofo")]
async fn a_test() {}

fn main() {}
