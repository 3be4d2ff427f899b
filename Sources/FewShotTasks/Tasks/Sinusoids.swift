#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif
import Parts
public import RandomStreams

/// Sine waves y = A sin(w x + b), with A, w and b uniform over given ranges and x over [-5, 5].
public struct Sinusoids: ScalarFunctionDistribution, Hashable {
  /// One sine wave.
  public struct Task: Hashable, Sendable {
    /// The amplitude A.
    public var amplitude: Double
    /// The frequency w, in radians a unit of x.
    public var frequency: Double
    /// The phase b, in radians.
    public var phase: Double
  }

  /// The range that the amplitude A is drawn from.
  public var amplitudes: ClosedRange<Double>
  /// The range that the frequency w is drawn from.
  public var frequencies: ClosedRange<Double>
  /// The range that the phase b is drawn from.
  public var phases: ClosedRange<Double>
  let inputs = -5.0...5.0

  /// The general sine waves: A in [0.1, 5], w in [0.8, 1.2], b in [0, pi] (MT-net, section 6.1, after Li et al.,
  /// "Meta-SGD", 2017).
  public static let general = Sinusoids(amplitudes: 0.1...5, frequencies: 0.8...1.2, phases: 0...(.pi))
  /// Sine waves of one frequency: y = A sin(x - b), A in [0.1, 5], b in [0, pi], as in the code of MAML (section 5.1).
  public static let phase = Sinusoids(amplitudes: 0.1...5, frequencies: 1...1, phases: -.pi...0)
  /// Sine waves of one amplitude and phase: y = sin(w x), w in [0.5, 2] (MLSR, section 4.1).
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
  /// The families of sine waves, in the order in which they are listed.
  static let families: [any SupervisedTaskFamily] = [
    GeneratedTaskFamily(
      Card(
        "sinusoid", "A sin(wx + b), A in [0.1, 5], w in [0.8, 1.2], b in [0, pi], x in [-5, 5]",
        source: "Lee, Choi 2018 (MT-net), section 6.1"), general),
    // MAML's code has 25 tasks in each meta-iteration.
    GeneratedTaskFamily(
      Card(
        "sinusoid-phase", "A sin(x - b), A in [0.1, 5], b in [0, pi], x in [-5, 5]",
        source: "Finn, Abbeel, Levine 2017 (MAML), section 5.1"), phase, defaults: ["meta_batch_size": 25]),
    // MLSR, section 4.1, specifies 20 samples and is otherwise the same as MAML.
    GeneratedTaskFamily(
      Card(
        "sinusoid-frequency", "sin(wx), w in [0.5, 2], x in [-5, 5]",
        source: "Lou, Zhao, Wang 2021 (MLSR), section 4.1"), frequency,
      defaults: ["meta_batch_size": 25, "shots": 20]),
  ]
}
