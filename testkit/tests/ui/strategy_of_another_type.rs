//! What `#[strategy(0..10_u32)] name: String` comes to: a test itself is not compiled here.

fn main() {
    _ = testkit::codegen::strategy_of::<String>(0..10_u32);
}
