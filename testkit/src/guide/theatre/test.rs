#[testkit::test]
async fn no_seat_is_sold_twice(sim: testkit::Sim) {
    let theatre = std::sync::Arc::new(Theatre::new(1));
    let customers = ["ann", "bob"].map(|name| {
        let theatre = theatre.clone();
        sim.spawn(name, async move { theatre.sell(name).await })
    });
    let mut sold = 0;
    for customer in customers {
        sold += u32::from(customer.await.unwrap());
    }
    assert_eq!(sold, 1);
}
