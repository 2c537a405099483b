//! A name server on loopback that answers what a story says.

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

/// One answer to a question for a name, in the order of questions.
pub(super) type Answers = fn(&str, u32) -> Vec<Said>;

/// What a name server says of a name.
pub(super) enum Said {
    Address(&'static str),
    /// Another name, and what is said of that one.
    Alias(&'static str, &'static str),
}

/// A name server, until it is dropped. Everything it says is for this moment: its time to live is zero.
pub(super) struct NameServer {
    pub(super) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    _task: JoinSet<()>,
}

impl NameServer {
    /// Serves; `answers` is told how often the name was asked for before.
    pub(super) async fn start(answers: Answers) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (mut task, told) = (JoinSet::new(), Arc::clone(&asked));
        task.spawn(async move {
            let mut bytes = [0; 4_096];
            loop {
                let (length, from) = socket.recv_from(&mut bytes).await.unwrap();
                let question = Message::from_vec(&bytes[..length]).unwrap();
                let answer = answer(&question, answers, &told).to_vec().unwrap();
                socket.send_to(&answer, from).await.unwrap();
            }
        });
        Self {
            address,
            asked,
            _task: task,
        }
    }

    /// Returns what was asked for since the last call: type and name.
    pub(super) fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.sort();
        asked
    }
}

fn answer(question: &Message, answers: Answers, asked: &Mutex<Vec<String>>) -> Message {
    let query = question.queries[0].clone();
    let (name, kind) = (query.name().clone(), query.query_type());
    let text = name.to_ascii().trim_end_matches('.').to_owned();
    let asking = format!("{kind} {text}");
    let before = {
        let mut asked = asked.lock().unwrap();
        let before = asked.iter().filter(|it| **it == asking).count();
        asked.push(asking);
        u32::try_from(before).unwrap()
    };
    let mut message = Message::response(question.metadata.id, question.metadata.op_code);
    message.add_query(query);
    let said = answers(&text, before);
    if said.is_empty() {
        message.metadata.response_code = ResponseCode::NXDomain;
    }
    for said in said {
        let (owner, address) = match said {
            Said::Address(address) => (name.clone(), address),
            Said::Alias(other, address) => {
                let other = Name::from_ascii(other).unwrap();
                let alias = RData::CNAME(CNAME(other.clone()));
                message.add_answer(Record::from_rdata(name.clone(), 0, alias));
                (other, address)
            }
        };
        let data = match address.parse().unwrap() {
            IpAddr::V4(v4) => RData::A(A(v4)),
            IpAddr::V6(v6) => RData::AAAA(AAAA(v6)),
        };
        let fits = matches!(
            (&data, kind),
            (RData::A(_), RecordType::A) | (RData::AAAA(_), RecordType::AAAA)
        );
        if fits {
            message.add_answer(Record::from_rdata(owner, 0, data));
        }
    }
    message
}
