//! Alan's code, which does not compile. `mod.rs` shows it and passes it to `rustc`.

pub struct Replicator {
    pub sent: usize,
}

impl Replicator {
    pub async fn replicate(&mut self, hosts: &[String], chunk: &[u8]) {
        let mut sends = Vec::new();
        for host in hosts {
            sends.push(self.send(host, chunk));
        }
        for send in sends {
            send.await;
        }
    }

    async fn send(&mut self, host: &str, chunk: &[u8]) {
        transmit(host, chunk).await;
        self.sent += chunk.len();
    }
}

async fn transmit(_host: &str, _chunk: &[u8]) {}
