//! That the stand-ins stand.

use crate::harness::{Fault, Proxy, Server};
use std::io::{Read, Write};
use std::net::TcpStream;

fn get(url: &str) -> String {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    stream.write_all(b"GET /moto-api/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
    let mut answer = String::new();
    // A connection that is cut ends the answer.
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[test]
fn a_fault_meets_one_request_and_the_next_goes_through() {
    let moto = Server::moto();
    let proxy = Proxy::before(&moto);
    let whole = get(&proxy.url).len();
    for (fault, answer) in [(Fault::Answer(503, "SlowDown"), "503"), (Fault::Reset, ""), (Fault::Lost, "")] {
        proxy.fault(|asked| asked.target == "/moto-api/", fault);
        assert_eq!(get(&proxy.url).split(' ').nth(1).unwrap_or_default(), answer, "{fault:?}");
        assert!(get(&proxy.url).contains("200 OK"), "{fault:?}");
    }
    proxy.fault(|_| true, Fault::Truncate);
    assert!(get(&proxy.url).len() < whole);
    assert_eq!(proxy.faults_left(), 0);
    assert_eq!(proxy.asked().len(), 8);
}
