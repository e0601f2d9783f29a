#[testkit::test(max_virtual_time = "2 hours")]
async fn a_test() {}

fn main() {}
