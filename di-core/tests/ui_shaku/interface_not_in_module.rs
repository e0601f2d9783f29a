//! The shaku module has no such interface; the message names both.

use std::sync::Arc;

use di_core::Container;

pub trait Mailer: shaku::Interface {}
pub trait Ledger: shaku::Interface {}

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
    mailer: Arc<dyn Mailer>,
    #[shaku(legacy)]
    ledger: Arc<dyn Ledger>,
}

fn main() {}
