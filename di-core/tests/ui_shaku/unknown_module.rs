//! `#[shaku(..)]` names a field that does not exist; the message suggests the nearest name.

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
    #[shaku(legasy)]
    mailer: Arc<dyn Mailer>,
}

fn main() {}
