#[testkit::test]
async fn a_test<T: Default>() {
    _ = T::default();
}

fn main() {}
