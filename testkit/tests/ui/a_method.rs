struct Suite;

impl Suite {
    #[testkit::test]
    async fn a_test(&self) {}
}

fn main() {}
