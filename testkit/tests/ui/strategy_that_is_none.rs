//! The expansion of `#[strategy(7_u32)] number: u32`, as tests are not compiled here.

fn main() {
    _ = testkit::codegen::strategy_of::<u32>(7_u32);
}
