public import NeuralNetworks
public import Parts

/// A meta-learning algorithm: what a task adapts, by which rule, and how the outer loss is differentiated through it.
///
/// An algorithm is one file: a value whose properties are its settings, and the inner loop that they make.
public protocol MetaAlgorithm: Part {
  /// What the layers of the model do that the algorithm trains.
  var layerForm: LayerForm { get }
  /// The phases of the inner loop that the settings make.
  var phases: [Phase] { get }
  /// Where the outer gradient comes from.
  var metaGradient: MetaGradient { get }
  /// Why the algorithm, as it is set, cannot learn from such tasks, and what would do; nil where it can.
  func obstacle(on problem: LearningProblem) -> String?
  /// How many numbers the algorithm brings for a layer beside its weights and biases.
  /// - Parameters:
  ///   - rows: the inputs of the layer.
  ///   - columns: the outputs of the layer.
  func numbersBeside(rows: Int, columns: Int) -> Int
  /// What may help where numbers ran away, with the keys' names.
  var divergenceRemedy: String { get }
}

extension MetaAlgorithm {
  /// The outer loss is differentiated through the inner loop.
  public var metaGradient: MetaGradient { .differentiated }
  /// Layers are plain.
  public var layerForm: LayerForm { .plain }
  /// The algorithm learns from any tasks.
  public func obstacle(on problem: LearningProblem) -> String? { nil }
  /// The algorithm brings nothing.
  public func numbersBeside(rows: Int, columns: Int) -> Int { 0 }
  /// Shorter steps help most often.
  public var divergenceRemedy: String { "a smaller inner_rate or outer_rate" }

  /// The outer objective that the settings make.
  public var objective: MetaObjective { MetaObjective(Adaptation(phases), metaGradient) }
}

/// What an algorithm is to learn from, as far as it may matter to whether it can.
public struct LearningProblem: Hashable, Sendable {
  /// Whether all inner steps of a task see the same examples, and not new episodes each.
  public var hasFixedExamples: Bool
  /// Whether targets are labels, so that a deviation from them means nothing.
  public var hasLabels: Bool
  /// The layers of the model, from input to output.
  public var layers: [String]
  /// The layers that a user wants adapted; nil where the choice is the algorithm's.
  public var adapted: [String]?

  /// Creates the description of a problem.
  public init(hasFixedExamples: Bool, hasLabels: Bool, layers: [String], adapted: [String]?) {
    self.hasFixedExamples = hasFixedExamples
    self.hasLabels = hasLabels
    self.layers = layers
    self.adapted = adapted
  }
}

extension Setting {
  /// The key `inner_rate`, which most algorithms have.
  public static func innerRate(_ path: any Path<Double>) -> Setting {
    Setting("inner_rate", path, in: 0...1_000, "step size of an inner gradient step; of learned rates: at first")
      .common()
  }

  /// The key `l1_strength`.
  static func l1Strength(_ path: any Path<Double>) -> Setting {
    Setting("l1_strength", path, in: 0...1_000, "weight of the L1 norm of the adapted parameters")
  }

  /// The key `meta_gradient`.
  static func metaGradient(_ path: any Path<Differentiation>) -> Setting {
    Setting("meta_gradient", path, "how the outer loss is differentiated through the adaptation; own: as in the paper")
      .addedLater()
  }
}

/// A way to differentiate through inner steps, for the algorithms that leave it open.
public enum Differentiation: String, CaseIterable, Sendable {
  /// The algorithm's own way.
  case own
  case direct, unrolled, implicit

  /// The meta-gradient that is asked for, or `standard` for the algorithm's own.
  func metaGradient(standard: Differentiation, solver: ConjugateGradientSettings) -> MetaGradient {
    (self == .own ? standard : self) == .implicit ? .implicit(solver.solver) : .differentiated
  }

  /// How gradients pass through the phase that it is about, where the algorithm's own way is `standard`.
  func gradients(standard: Differentiation) -> Phase.Gradients {
    (self == .own ? standard : self) == .unrolled ? .unrolled : .stopped
  }
}

/// The algorithms of this module.
public enum MetaAlgorithms {
  /// In the order in which to list them; a run without a name takes the first.
  public static let all: [any MetaAlgorithm] = [
    MAML(), FOMAML(), Reptile(), ANIL(), L1MAML(), MLSR(), MLSRMAML(), IMAML(), HessianFreeIMAML(), MetaSGD(),
    MetaCurvature(), KLin(), KFC(), LowRank(), TNet(), MTNet(), RandomStart(), JointTraining(),
  ]
}
