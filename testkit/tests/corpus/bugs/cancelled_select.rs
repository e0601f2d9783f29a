//! A connection that receives frames in two parts. A read in a `select!` loses the first part if another branch is
//! ready before the second part arrives.

use tokio::sync::mpsc;

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Head(u32),
    Body(&'static str),
}

struct Frames {
    parts: mpsc::Receiver<Part>,
    /// Head of a frame, while its body has not arrived yet.
    head: Option<u32>,
}

impl Frames {
    async fn next<const FIXED: bool>(&mut self) -> Option<(u32, &'static str)> {
        let mut head = if FIXED { self.head.take() } else { None };
        loop {
            if FIXED {
                self.head = head;
            }
            match (self.parts.recv().await?, head) {
                (Part::Head(number), None) => head = Some(number),
                (Part::Body(text), Some(number)) => {
                    self.head = None;
                    return Some((number, text));
                }
                (part, head) => panic!("{part:?} arrived after {head:?}"),
            }
        }
    }
}

async fn connection<const FIXED: bool>(parts: mpsc::Receiver<Part>, mut commands: mpsc::Receiver<u32>) -> Vec<u32> {
    let mut frames = Frames { parts, head: None };
    let (mut numbers, mut limit) = (Vec::new(), 0);
    loop {
        tokio::select! {
            frame = frames.next::<FIXED>() => match frame {
                Some((number, _)) => numbers.push(number),
                None => break,
            },
            Some(command) = commands.recv() => limit = command.max(limit),
        }
    }
    assert!(limit <= 3);
    numbers
}

pub(crate) async fn scenario<const FIXED: bool>() {
    let (to_connection, parts) = mpsc::channel(2);
    let (to_settings, commands) = mpsc::channel(1);
    let reading = crate::spawn("connection", connection::<FIXED>(parts, commands));
    let writing = crate::spawn("peer", async move {
        for (number, text) in ["a", "b", "c"].into_iter().enumerate() {
            to_connection.send(Part::Head(number as u32)).await.unwrap();
            to_connection.send(Part::Body(text)).await.unwrap();
        }
    });
    let setting = crate::spawn("settings", async move {
        for limit in 1..=3 {
            // The connection may be closed already.
            _ = to_settings.send(limit).await;
        }
    });
    assert_eq!(reading.await.unwrap(), [0, 1, 2]);
    writing.await.unwrap();
    setting.await.unwrap();
}
