//! The parameters of a function or closure are looked up by type, and it returns the value of the field.
use std::sync::Arc;

use di_core::Container;

struct Config;

struct Missing;

struct Limiter;

impl Limiter {
    fn borrows(_: &Missing) -> Self {
        Limiter
    }

    fn takes(_: Arc<Config>, _: Missing) -> Self {
        Limiter
    }

    fn returns(_: &Config) -> u32 {
        1
    }

    async fn connect() -> Self {
        Limiter
    }
}

#[derive(Container)]
struct Borrows {
    #[provide(Limiter::borrows)]
    limiter: Limiter,
}

#[derive(Container)]
struct Takes {
    #[input]
    config: Arc<Config>,
    #[provide(Limiter::takes)]
    limiter: Limiter,
}

#[derive(Container)]
struct Returns {
    #[input]
    config: Arc<Config>,
    #[provide(Limiter::returns)]
    limiter: Limiter,
}

#[derive(Container)]
struct IsAsync {
    #[provide(Limiter::connect)]
    limiter: Limiter,
}

#[derive(Container)]
struct DoesNotExist {
    #[provide(Limiter::conect)]
    limiter: Limiter,
}

#[derive(Container)]
struct Closure {
    #[input]
    config: Arc<Config>,
    #[provide(|_config: &Config, _missing: &Missing| Limiter)]
    limiter: Limiter,
}

#[derive(Container)]
struct ClosureReturns {
    #[input]
    config: Arc<Config>,
    #[provide(|_config: &Config| "a limiter")]
    limiter: Limiter,
}

#[derive(Container)]
struct Untyped {
    #[input]
    config: Arc<Config>,
    #[provide(|config| Limiter)]
    limiter: Limiter,
}

fn main() {}
