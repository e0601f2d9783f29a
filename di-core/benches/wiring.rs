//! Run-time cost of wiring, compared with wiring by hand, shaku and dill in the same run.
//!
//! `cargo bench -p di-core --bench wiring` prints the best of many rounds, and the ratio to wiring by hand.

#![allow(unreachable_pub)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use di_core::wiring::FieldOf;
use di_core::{Component, Container, component};
use shaku::{HasComponent, Interface, module};

/// Two components without dependencies, and others with two each: by hand, as a container, as a shaku module, and as a
/// dill catalog.
macro_rules! components {
    ($first:ident, $second:ident; $($Name:ident $name:ident: $A:ident $a:ident, $B:ident $b:ident;)*) => {
        #[derive(Component)]
        pub struct C00(#[default] pub usize);

        #[derive(Component)]
        pub struct C01(#[default] pub usize);

        $(
            pub struct $Name {
                pub a: Arc<$A>,
                pub b: Arc<$B>,
            }

            #[component]
            impl $Name {
                pub fn new(a: Arc<$A>, b: Arc<$B>) -> Self {
                    $Name { a, b }
                }
            }
        )*

        #[derive(Container)]
        pub struct App {
            #[component]
            pub c00: Arc<C00>,
            #[component]
            pub c01: Arc<C01>,
            $(
                #[component]
                pub $name: Arc<$Name>,
            )*
        }

        pub struct ByHand {
            pub c00: Arc<C00>,
            pub c01: Arc<C01>,
            $(pub $name: Arc<$Name>,)*
        }

        #[inline(never)]
        fn build_by_hand() -> ByHand {
            let $first = Arc::new(C00(0));
            let $second = Arc::new(C01(0));
            $(let $name = Arc::new($Name::new($a.clone(), $b.clone()));)*
            ByHand { $first, $second, $($name,)* }
        }

        // Only dill reads the fields.
        #[allow(dead_code)]
        mod with_dill {
            use super::*;

            #[dill::component]
            #[dill::scope(dill::Singleton)]
            pub struct C00;

            #[dill::component]
            #[dill::scope(dill::Singleton)]
            pub struct C01;

            $(
                #[dill::component]
                #[dill::scope(dill::Singleton)]
                pub struct $Name {
                    pub a: Arc<$A>,
                    pub b: Arc<$B>,
                }
            )*

            pub fn catalog() -> dill::Catalog {
                let mut builder = dill::Catalog::builder();
                builder.add::<C00>();
                builder.add::<C01>();
                $(builder.add::<$Name>();)*
                builder.build()
            }
        }

        // Each trait has a method, as in real use, though only one is called.
        #[allow(dead_code)]
        mod with_shaku {
            use super::*;

            $(
                pub trait $Name: Interface {
                    fn dependencies(&self) -> usize;
                }
            )*

            pub trait C00: Interface {}
            pub trait C01: Interface {}

            pub mod components {
                use super::*;

                #[derive(shaku::Component)]
                #[shaku(interface = super::C00)]
                pub struct C00;
                impl super::C00 for C00 {}

                #[derive(shaku::Component)]
                #[shaku(interface = super::C01)]
                pub struct C01;
                impl super::C01 for C01 {}

                $(
                    #[derive(shaku::Component)]
                    #[shaku(interface = super::$Name)]
                    pub struct $Name {
                        #[shaku(inject)]
                        a: Arc<dyn super::$A>,
                        #[shaku(inject)]
                        b: Arc<dyn super::$B>,
                    }

                    impl super::$Name for $Name {
                        fn dependencies(&self) -> usize {
                            Arc::strong_count(&self.a) + Arc::strong_count(&self.b)
                        }
                    }
                )*
            }

            module! {
                pub Module {
                    components = [components::C00, components::C01, $(components::$Name),*],
                    providers = []
                }
            }
        }
    };
}

components! {
    c00, c01;
    C02 c02: C01 c01, C00 c00;
    C03 c03: C02 c02, C01 c01;
    C04 c04: C03 c03, C02 c02;
    C05 c05: C04 c04, C03 c03;
    C06 c06: C05 c05, C04 c04;
    C07 c07: C06 c06, C05 c05;
    C08 c08: C07 c07, C06 c06;
    C09 c09: C08 c08, C07 c07;
    C10 c10: C09 c09, C08 c08;
    C11 c11: C10 c10, C09 c09;
    C12 c12: C11 c11, C10 c10;
    C13 c13: C12 c12, C11 c11;
    C14 c14: C13 c13, C12 c12;
    C15 c15: C14 c14, C13 c13;
    C16 c16: C15 c15, C14 c14;
    C17 c17: C16 c16, C15 c15;
    C18 c18: C17 c17, C16 c16;
    C19 c19: C18 c18, C17 c17;
    C20 c20: C19 c19, C18 c18;
    C21 c21: C20 c20, C19 c19;
    C22 c22: C21 c21, C20 c20;
    C23 c23: C22 c22, C21 c21;
    C24 c24: C23 c23, C22 c22;
    C25 c25: C24 c24, C23 c23;
    C26 c26: C25 c25, C24 c24;
    C27 c27: C26 c26, C25 c25;
    C28 c28: C27 c27, C26 c26;
    C29 c29: C28 c28, C27 c27;
}

/// Returns the time per call in nanoseconds: the best of 200 rounds of `calls` calls each.
fn best<T>(calls: u32, mut call: impl FnMut() -> T) -> f64 {
    let round = |call: &mut dyn FnMut() -> T| {
        let begun = Instant::now();
        for _ in 0..calls {
            black_box(call());
        }
        begun.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
    };
    (0..200).map(|_| round(&mut call)).fold(f64::INFINITY, f64::min)
}

fn table(title: &str, rows: &[(&str, f64)]) {
    println!("{title}");
    for (name, time) in rows {
        println!("  {name:<24} {time:>10.2} ns   {:>6.2} x", time / rows[0].1);
    }
}

fn main() {
    let app = App::builder().build_sync().expect("nothing can fail");
    let by_hand = build_by_hand();
    let module = with_shaku::Module::builder().build();
    let catalog = with_dill::catalog();
    table(
        "resolve and borrow one component",
        &[
            ("field access", best(100_000, || Arc::as_ptr(&black_box(&by_hand).c29))),
            ("di-core", best(100_000, || Arc::as_ptr(<Arc<C29> as FieldOf<App>>::field(black_box(&app))))),
            (
                "shaku",
                best(100_000, || {
                    let component: &dyn with_shaku::C29 = black_box(&module).resolve_ref();
                    std::ptr::from_ref(component).cast::<u8>()
                }),
            ),
            ("dill", best(10_000, || black_box(&catalog).get_one::<with_dill::C29>().map(|found| Arc::as_ptr(&found)))),
        ],
    );
    assert!(HasComponent::<dyn with_shaku::C29>::resolve_ref(&module).dependencies() > 0);
    table(
        "build and drop 30 sync components, two dependencies each",
        &[
            ("by hand", best(2_000, build_by_hand)),
            ("di-core", best(2_000, || App::builder().build_sync())),
            ("shaku", best(2_000, || with_shaku::Module::builder().build())),
            ("dill", best(500, || with_dill::catalog().get_one::<with_dill::C29>())),
        ],
    );
    println!("size of the container: {} bytes, of its fields: {} bytes", size_of::<App>(), size_of::<ByHand>());
}
