import Foundation
import Synchronization

/// The progress of a download: one live line on a terminal, elsewhere a line every ten seconds.
final class DownloadDisplay: Sendable {
  private let name: String
  private let size: Int
  private let isLive = Console.Stream.output.rewritesLines
  /// The time at which a line was last shown.
  private let lastPrint = Mutex<ContinuousClock.Instant?>(nil)

  /// Creates a display for a file of `size` bytes.
  init(_ name: String, size: Int) {
    self.name = name
    self.size = size
  }

  /// Shows that `received` bytes have been downloaded.
  func show(_ received: Int) {
    let now = ContinuousClock.now
    let interval: Duration = isLive ? .milliseconds(100) : .seconds(10)
    lastPrint.withLock { last in
      if let last, now - last < interval, received < size { return }
      last = now
      func megabytes(_ bytes: Int) -> String { String(format: "%.1f", Double(bytes) / 1e6) }
      let line = "\(name)  \(megabytes(received)) of \(megabytes(size)) MB"
      Console.write(isLive ? Console.Stream.emptiedLine + line.prefix(Console.Stream.output.width - 1) : line + "\n")
    }
  }

  /// Ends the live line.
  func finish() {
    if isLive, lastPrint.withLock({ $0 != nil }) { Console.write("\n") }
  }
}
