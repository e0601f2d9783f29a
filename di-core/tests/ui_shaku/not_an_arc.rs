//! A field with `#[shaku(..)]` must be an `Arc`.

use std::sync::Arc;

use di_core::Container;

pub trait Mailer: shaku::Interface {}

#[derive(shaku::Component)]
#[shaku(interface = Mailer)]
pub struct SmtpMailer;
impl Mailer for SmtpMailer {}

shaku::module! {
    pub Legacy {
        components = [SmtpMailer],
        providers = []
    }
}

#[derive(Container)]
pub struct App {
    #[input]
    legacy: Arc<Legacy>,
    #[shaku(legacy)]
    mailer: Box<dyn Mailer>,
}

fn main() {}
