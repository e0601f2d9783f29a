use tokio::sync::Mutex;

pub struct Theatre {
    seats: usize,
    sold: Mutex<Vec<String>>,
}

impl Theatre {
    pub fn new(seats: usize) -> Self {
        Theatre { seats, sold: Mutex::default() }
    }

    /// Sells a seat, if there is one.
    pub async fn sell(&self, name: &str) -> bool {
        if self.sold.lock().await.len() == self.seats {
            return false;
        }
        self.sold.lock().await.push(name.to_owned());
        true
    }
}
