import Dispatch
import Files
import Foundation
import FoundationNetworking
import Glibc
import Synchronization

/// A transfer of a file of known size from an HTTP server, which continues an interrupted one.
final class HTTPTransfer: NSObject, URLSessionDataDelegate, Sendable {
  private struct State {
    var descriptor: Int32
    var received: Int
    var failure: DataError?
  }

  private let state: Mutex<State>
  private let path: String
  private let url: URL
  private let size: Int
  private let progress: @Sendable (Int) -> Void
  private let isDone = DispatchSemaphore(value: 0)

  private init(
    _ url: URL, to path: String, descriptor: Int32, received: Int, size: Int,
    progress: @escaping @Sendable (Int) -> Void
  ) {
    state = Mutex(State(descriptor: descriptor, received: received))
    (self.url, self.path, self.size, self.progress) = (url, path, size, progress)
  }

  /// Downloads the rest of a file of `size` bytes whose beginning `path` may hold.
  /// - Throws: `DataError`: `unavailable` where the server does not give the file, `inputOutput` where it cannot be
  ///   written, which another server would not change; received bytes are kept.
  static func append(
    to path: String, from url: URL, size: Int, progress: @escaping @Sendable (Int) -> Void
  ) throws(DataError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .system(.cannotCreate, "cannot write", path) }
    defer {
      // A transfer without received bytes leaves no file.
      if lseek(descriptor, 0, SEEK_END) == 0 { unlink(path) }
      close(descriptor)
    }
    var received = Int(lseek(descriptor, 0, SEEK_END))
    if received > size {
      guard ftruncate(descriptor, 0) == 0 else { throw .system(.inputOutput, "cannot write", path) }
      received = 0
    }
    guard received < size else { return }
    let transfer = HTTPTransfer(
      url, to: path, descriptor: descriptor, received: received, size: size, progress: progress)
    try transfer.run(from: received)
    guard fsync(descriptor) == 0 else { throw .system(.inputOutput, "cannot write", path) }
  }

  private func run(from start: Int) throws(DataError) {
    var request = URLRequest(url: url)
    if start > 0 { request.setValue("bytes=\(start)-", forHTTPHeaderField: "Range") }
    // A compressed transfer would have a different length.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    let configuration = URLSessionConfiguration.ephemeral
    // The timeout applies between two pieces; the whole transfer may take hours.
    configuration.timeoutIntervalForRequest = 60
    let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
    session.dataTask(with: request).resume()
    isDone.wait()
    session.invalidateAndCancel()
    let (received, failure) = state.withLock { ($0.received, $0.failure) }
    if let failure { throw failure }
    guard received == size else {
      throw unavailable("expected \(size) bytes, found \(received); run it again to go on")
    }
  }

  private func unavailable(_ fault: String) -> DataError {
    DataError(.unavailable, "\(url.absoluteString): \(fault)")
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    let status = (response as? HTTPURLResponse)?.statusCode ?? 0
    let isTaken = state.withLock { state in
      switch status {
      case 206: return true
      case 200:
        // The server sends the whole file again.
        if state.received == 0 || ftruncate(state.descriptor, 0) == 0 {
          state.received = 0
          return true
        }
        state.failure = .system(.inputOutput, "cannot write", path)
      default: state.failure = unavailable("expected the file, found HTTP status \(status)")
      }
      return false
    }
    completionHandler(isTaken ? .allow : .cancel)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let received = state.withLock { state -> Int? in
      guard state.failure == nil else { return nil }
      guard state.received + data.count <= size else {
        state.failure = unavailable("expected \(size) bytes, found more")
        return nil
      }
      do throws(FileFault) {
        try FileSystem.writeAll(Array(data), to: state.descriptor, path: path)
        state.received += data.count
      } catch {
        state.failure = DataError(error)
      }
      return state.failure == nil ? state.received : nil
    }
    if let received { progress(received) } else { dataTask.cancel() }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    state.withLock { state in
      // A failure of the transfer itself has cancelled the task, whose own error says less.
      if let error, state.failure == nil { state.failure = unavailable(error.localizedDescription) }
    }
    isDone.signal()
  }
}
