#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif
import Parts
public import RandomStreams

/// y = A sin(w x + b), with A, w and b uniform over ranges of their own and x over [-5, 5].
public struct Sinusoids: ScalarFunctionDistribution, Hashable {
  /// One sine wave.
  public struct Task: Hashable, Sendable {
    /// A.
    public var amplitude: Double
    /// w, in radians a unit of x.
    public var frequency: Double
    /// b, in radians.
    public var phase: Double
  }

  /// Where A is drawn from.
  public var amplitudes: ClosedRange<Double>
  /// Where w is drawn from.
  public var frequencies: ClosedRange<Double>
  /// Where b is drawn from.
  public var phases: ClosedRange<Double>
  let inputs = -5.0...5.0

  /// A in [0.1, 5], w in [0.8, 1.2], b in [0, pi] (MT-net, section 6.1, after Li et al., "Meta-SGD", 2017).
  public static let general = Sinusoids(amplitudes: 0.1...5, frequencies: 0.8...1.2, phases: 0...(.pi))
  /// y = A sin(x - b), A in [0.1, 5], b in [0, pi], as the code of MAML (section 5.1) has it.
  public static let phase = Sinusoids(amplitudes: 0.1...5, frequencies: 1...1, phases: -.pi...0)
  /// y = sin(w x), w in [0.5, 2] (MLSR, section 4.1).
  public static let frequency = Sinusoids(amplitudes: 1...1, frequencies: 0.5...2, phases: 0...0)

  public func sampleTask(from stream: inout RandomStream) -> Task {
    Task(
      amplitude: stream.uniform(in: amplitudes), frequency: stream.uniform(in: frequencies),
      phase: stream.uniform(in: phases))
  }

  func value(of task: Task, at input: Double) -> Double {
    task.amplitude * sin(task.frequency * input + task.phase)
  }
}

extension Sinusoids {
  /// The families of sine waves.
  static let families: [any SupervisedTaskFamily] = [
    GeneratedTaskFamily(
      Card(
        "sinusoid", "A sin(wx + b), A in [0.1, 5], w in [0.8, 1.2], b in [0, pi], x in [-5, 5]",
        source: "Lee, Choi 2018 (MT-net), section 6.1"), general),
    // MAML's code: 25 tasks a meta-iteration.
    GeneratedTaskFamily(
      Card(
        "sinusoid-phase", "A sin(x - b), A in [0.1, 5], b in [0, pi], x in [-5, 5]",
        source: "Finn, Abbeel, Levine 2017 (MAML), section 5.1"), phase, defaults: ["meta_batch_size": 25]),
    // MLSR, section 4.1, says 20 samples and leaves the rest as in MAML.
    GeneratedTaskFamily(
      Card(
        "sinusoid-frequency", "sin(wx), w in [0.5, 2], x in [-5, 5]",
        source: "Lou, Zhao, Wang 2021 (MLSR), section 4.1"), frequency,
      defaults: ["meta_batch_size": 25, "shots": 20]),
  ]
}
