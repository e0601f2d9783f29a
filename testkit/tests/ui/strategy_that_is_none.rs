//! What `#[strategy(7_u32)] number: u32` comes to: a test itself is not compiled here.

fn main() {
    _ = testkit::codegen::strategy_of::<u32>(7_u32);
}
