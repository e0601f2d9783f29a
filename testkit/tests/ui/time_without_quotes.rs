#[testkit::test(time = 5)]
async fn a_test() {}

fn main() {}
