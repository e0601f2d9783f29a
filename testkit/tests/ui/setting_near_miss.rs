#[testkit::test(schedule = 100)]
async fn a_test() {}

fn main() {}
