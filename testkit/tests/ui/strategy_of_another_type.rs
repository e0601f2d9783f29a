//! The expansion of `#[strategy(0..10_u32)] name: String`, as tests are not compiled here.

fn main() {
    _ = testkit::codegen::strategy_of::<String>(0..10_u32);
}
