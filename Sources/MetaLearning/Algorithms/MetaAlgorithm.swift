public import NeuralNetworks
public import Parts

/// A meta-learning algorithm: the parameters that a task adapts, the update rule, and the way in which the outer loss is
/// differentiated.
///
/// An algorithm is one file: a value whose properties are its settings, and the inner loop that they make.
public protocol MetaAlgorithm: Part {
  /// The form of the layers of the models that the algorithm trains.
  var layerForm: LayerForm { get }
  /// The phases of the inner loop that the settings make.
  var phases: [Phase] { get }
  /// The source of the outer gradient.
  var metaGradient: MetaGradient { get }
  /// The reason why the algorithm, with these settings, cannot learn from such tasks, and what to change; nil where it
  /// can.
  func obstacle(on problem: LearningProblem) -> String?
  /// The number of elements that the algorithm adds for a layer, beside its weights and biases.
  /// - Parameters:
  ///   - rows: the inputs of the layer.
  ///   - columns: the outputs of the layer.
  func numbersBeside(rows: Int, columns: Int) -> Int
  /// Advice for a run that diverged, with the names of the keys to change.
  var divergenceRemedy: String { get }
}

extension MetaAlgorithm {
  /// The derivative of the outer loss through the inner loop, which most algorithms use.
  public var metaGradient: MetaGradient { .differentiated }
  /// Plain layers, which most algorithms use.
  public var layerForm: LayerForm { .plain }
  /// Nil, since most algorithms learn from any tasks.
  public func obstacle(on problem: LearningProblem) -> String? { nil }
  /// 0, since most algorithms add no elements.
  public func numbersBeside(rows: Int, columns: Int) -> Int { 0 }
  /// The advice to take shorter steps, which helps most often.
  public var divergenceRemedy: String { "a smaller inner_rate or outer_rate" }

  /// The outer objective that these settings describe.
  public var objective: MetaObjective { MetaObjective(Adaptation(phases), metaGradient) }
}

/// The properties of tasks and models that decide whether an algorithm can learn from them.
public struct LearningProblem: Hashable, Sendable {
  /// Whether all inner steps of a task see the same examples; false where each step has new episodes.
  public var hasFixedExamples: Bool
  /// Whether targets are labels, for which an absolute deviation has no meaning.
  public var hasLabels: Bool
  /// The names of the model's layers, from input to output.
  public var layers: [String]
  /// The names of the layers that the user chose to adapt; nil where the algorithm chooses.
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
  /// The setting `inner_rate`, which most algorithms have.
  public static func innerRate(_ path: any Path<Double>) -> Setting {
    Setting("inner_rate", path, in: 0...1_000, "step size of an inner gradient step; of learned rates: at first")
      .common().asCondition()
  }

  /// The setting `l1_strength`.
  static func l1Strength(_ path: any Path<Double>) -> Setting {
    Setting("l1_strength", path, in: 0...1_000, "weight of the L1 norm of the adapted parameters")
      .asCondition()
  }

  /// The setting `meta_gradient`.
  static func metaGradient(_ path: any Path<Differentiation>) -> Setting {
    Setting("meta_gradient", path, "how the outer loss is differentiated through the adaptation; own: as in the paper")
      .addedLater()
  }
}

/// A choice of how to differentiate through inner steps, for the algorithms that leave it open.
public enum Differentiation: String, CaseIterable, Sendable {
  /// The algorithm's default.
  case own
  case direct, unrolled, truncated, implicit

  /// The meta-gradient of this choice; `standard` is the algorithm's default.
  func metaGradient(
    standard: Differentiation, solver: ConjugateGradientSettings, damping: ImplicitDamping = ImplicitDamping()
  ) -> MetaGradient {
    (self == .own ? standard : self) == .implicit ? .implicit(solver.solver, damping: damping) : .differentiated
  }

  /// The way in which outer gradients pass through the phase that the choice is about.
  /// - Parameters:
  ///   - standard: the algorithm's default.
  ///   - truncation: the number of steps that a truncated gradient passes through.
  func gradients(standard: Differentiation, truncation: Int = 1) -> Phase.Gradients {
    let choice = self == .own ? standard : self
    switch choice {
    case .unrolled: return .unrolled
    case .truncated: return .truncated(steps: truncation)
    case .own, .direct, .implicit: return .stopped
    }
  }

  /// The reason why a recovery cannot be differentiated by truncated back-propagation; nil for other choices.
  var obstacleOfARecovery: String? {
    self == .truncated
      ? "meta_gradient=truncated: that is a proximal term's; expected direct or unrolled, or algorithm=imaml" : nil
  }
}

/// The algorithms of this module.
public enum MetaAlgorithms {
  /// All algorithms, in the order in which they are listed. A run without a name takes the first.
  public static let all: [any MetaAlgorithm] = [
    MAML(), FOMAML(), Reptile(), ANIL(), L1MAML(), MLSR(), MLSRMAML(), IMAML(), HessianFreeIMAML(), MetaSGD(),
    MetaCurvature(), KLin(), KFC(), LowRank(), TNet(), MTNet(), RandomStart(), JointTraining(),
  ]
}
