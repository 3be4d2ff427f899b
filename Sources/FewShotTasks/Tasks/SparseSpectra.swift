#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif
import Parts
public import RandomStreams

/// Signals that are sparse in frequency, seen at few moments: y(t) = sum of a_f cos(2 pi f t) + b_f sin(2 pi f t) over a
/// few whole frequencies f, with t uniform over [0, 1].
///
/// The classical problem of compressed sensing (MLSR, sections 3.1 and 4.1; Candes, Romberg, Tao 2006): on features that
/// are these cosines and sines, an L1 recovery finds the signal exactly from about `active` log(`frequencies`) samples.
/// The numbers are ours, the papers have none: 3 of 32 frequencies, amplitudes normal with variance 1 / 3, so that a
/// signal's mean square is 1.
public struct SparseSpectra: ScalarFunctionDistribution, Hashable {
  /// The frequencies that a signal has, with the amplitudes of their cosine and sine.
  public typealias Task = [(frequency: Int, cosine: Double, sine: Double)]

  /// Frequencies are 1, 2, ... up to this, in periods a unit of t.
  public var frequencies: Int
  /// How many of them a signal has.
  public var active: Int
  let inputs = 0.0...1.0

  /// Creates the distribution.
  public init(frequencies: Int = 32, active: Int = 3) {
    precondition(active >= 1 && active <= frequencies, "a signal cannot have \(active) of \(frequencies) frequencies")
    self.frequencies = frequencies
    self.active = active
  }

  public func sampleTask(from stream: inout RandomStream) -> Task {
    // The first entries of a shuffle, by Fisher and Yates.
    var order = Array(1...frequencies)
    let deviation = (1 / Double(active)).squareRoot()
    return (0..<active).map { index in
      let other = index + Int(stream.uniform() * Double(frequencies - index))
      order.swapAt(index, other)
      return (order[index], deviation * stream.normal(), deviation * stream.normal())
    }
  }

  func value(of task: Task, at input: Double) -> Double {
    task.reduce(0) { sum, part in
      let angle = 2 * Double.pi * Double(part.frequency) * input
      return sum + part.cosine * cos(angle) + part.sine * sin(angle)
    }
  }
}

extension SparseSpectra {
  /// The family. A task has about 4 times as many examples as a signal has unknowns, three frequencies with two amplitudes
  /// each.
  static let family = GeneratedTaskFamily(
    Card(
      "sparse-spectrum", "signals with 3 of the frequencies 1 to 32, at moments in [0, 1]",
      source: "Lou, Zhao, Wang 2021 (MLSR), sections 3.1 and 4.1"), SparseSpectra(),
    defaults: ["shots": 24, "queries": 24])
}
