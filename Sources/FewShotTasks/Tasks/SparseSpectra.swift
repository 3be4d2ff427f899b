#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif
import Parts
public import RandomStreams

/// Signals that are sparse in frequency and sampled at few times: y(t) = sum of a_f cos(2 pi f t) + b_f sin(2 pi f t) over
/// a few whole frequencies f, with t uniform over [0, 1].
///
/// This is the classical problem of compressed sensing (MLSR, sections 3.1 and 4.1; Candes, Romberg, Tao 2006): on
/// features that are these cosines and sines, an L1 recovery finds the signal exactly from about `active`
/// log(`frequencies`) samples. The papers give no sizes; ours are 3 of 32 frequencies and amplitudes that are normal with
/// variance 1 / 3, so that a signal's mean square is 1.
public struct SparseSpectra: ScalarFunctionDistribution, Hashable {
  /// The frequencies of a signal, with the amplitudes of their cosine and sine.
  public typealias Task = [(frequency: Int, cosine: Double, sine: Double)]

  /// The highest frequency, in periods a unit of t; the frequencies are 1, 2, ... up to it.
  public var frequencies: Int
  /// The number of frequencies of a signal.
  public var active: Int
  let inputs = 0.0...1.0

  /// Creates the distribution of signals with `active` of `frequencies` frequencies.
  public init(frequencies: Int = 32, active: Int = 3) {
    precondition(active >= 1 && active <= frequencies, "a signal cannot have \(active) of \(frequencies) frequencies")
    self.frequencies = frequencies
    self.active = active
  }

  public func sampleTask(from stream: inout RandomStream) -> Task {
    // The first entries of a Fisher-Yates shuffle.
    var order = Array(1...frequencies)
    let deviation = (1 / Double(active)).squareRoot()
    return (0..<active).map { index in
      let other = index + stream.index(below: frequencies - index)
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
  /// The family of sparse spectra. A task has about 4 times as many examples as a signal has unknowns, which are three
  /// frequencies with two amplitudes each.
  static let family = GeneratedTaskFamily(
    Card(
      "sparse-spectrum", "signals with 3 of the frequencies 1 to 32, at moments in [0, 1]",
      source: "Lou, Zhao, Wang 2021 (MLSR), sections 3.1 and 4.1"), SparseSpectra(),
    defaults: ["shots": 24, "queries": 24])
}
