#[testkit::test(replay = "v2:0")]
async fn a_test() {}

fn main() {}
