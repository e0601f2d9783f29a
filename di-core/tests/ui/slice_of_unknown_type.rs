//! `App` has no field of the type that the slice requests.

use std::sync::Arc;

use di_core::Container;

pub struct Config;

#[derive(Container)]
pub struct App {
    #[input]
    config: Arc<Config>,
}

pub async fn ask() -> Result<Arc<String>, di_core::BuildError> {
    App::slice().with_config(Arc::new(Config)).get().await
}

pub async fn ask_for_two() -> Result<(), di_core::BuildError> {
    let (_config, _name) = App::slice().with_config(Arc::new(Config)).get::<(Arc<Config>, String)>().await?;
    Ok(())
}

fn main() {}
