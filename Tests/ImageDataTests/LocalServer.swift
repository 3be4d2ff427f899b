import Foundation
import Glibc
import Synchronization

/// An HTTP server on this machine that gives one file, and may break off on its way.
final class LocalServer: Sendable {
  /// What the server does with requests.
  struct Behaviour: Sendable {
    /// Bytes after which the first connections are closed, one an entry; later ones are whole.
    var breaks: [Int] = []
    /// Whether a request for the rest of the file is followed.
    var hasRanges = true
    /// The status of every answer, where it is not the file.
    var status: Int?
  }

  let port: Int
  private let descriptor: Int32
  private let content: [UInt8]
  private let behaviour: Behaviour
  /// The `Range` of each request, empty where it had none.
  private let log = Mutex<[String]>([])

  /// The requests so far.
  var requests: [String] { log.withLock { $0 } }

  init(_ content: [UInt8], _ behaviour: Behaviour = Behaviour()) throws {
    self.content = content
    self.behaviour = behaviour
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, length) == 0 && listen(descriptor, 8) == 0
          && getsockname(descriptor, address, &length) == 0
      }
    }
    guard isBound else { throw CocoaError(.featureUnsupported) }
    port = Int(UInt16(bigEndian: address.sin_port))
    Thread.detachNewThread { [self] in serve() }
  }

  /// Ends the server.
  func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  private func serve() {
    while true {
      let connection = accept(descriptor, nil, nil)
      guard connection >= 0 else { break }
      answer(connection)
      close(connection)
    }
    close(descriptor)
  }

  private func answer(_ connection: Int32) {
    var request = ""
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while !request.contains("\r\n\r\n") {
      let count = read(connection, &buffer, buffer.count)
      guard count > 0 else { return }
      request += String(decoding: buffer[..<count], as: UTF8.self)
    }
    let range = request.components(separatedBy: "\r\n").first { $0.lowercased().hasPrefix("range: ") }?.dropFirst(7)
    let number = log.withLock { log in
      log.append(range.map(String.init) ?? "")
      return log.count - 1
    }
    let start = behaviour.hasRanges ? range.flatMap { Int($0.dropFirst("bytes=".count).dropLast()) } ?? 0 : 0
    let body = behaviour.status == nil ? Array(content[min(start, content.count)...]) : []
    let status = behaviour.status ?? (start > 0 ? 206 : 200)
    var answer = Array("HTTP/1.1 \(status) X\r\nContent-Length: \(body.count)\r\n".utf8)
    if start > 0 { answer += Array("Content-Range: bytes \(start)-\(content.count - 1)/\(content.count)\r\n".utf8) }
    answer += Array("Connection: close\r\n\r\n".utf8)
    let end = number < behaviour.breaks.count ? min(behaviour.breaks[number], body.count) : body.count
    answer += body[..<end]
    answer.withUnsafeBytes { _ = send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
  }
}
