#[testkit::test]
struct Test;

fn main() {}
