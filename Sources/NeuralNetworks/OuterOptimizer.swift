public import Parts

/// An optimizer of meta-parameters that a run can choose, with its settings.
public protocol OuterOptimizer: Part {
  /// The rule, with its first step size.
  func makeOptimizer(rate: Double) -> any Optimizer
}

/// Adam outside.
public struct OuterAdam: OuterOptimizer {
  public let card = Card("adam", "Adam", source: "Kingma, Ba 2015")

  /// Creates the choice.
  public init() {}

  public func makeOptimizer(rate: Double) -> any Optimizer { Adam(rate: rate) }
}

/// Gradient descent outside.
public struct OuterGradientDescent: OuterOptimizer {
  public let card = Card("sgd", "gradient descent", source: "Robbins, Monro 1951")

  /// Creates the choice.
  public init() {}

  public func makeOptimizer(rate: Double) -> any Optimizer { GradientDescent(rate: rate) }
}

extension PartKind {
  /// Optimizers of meta-parameters.
  public static let outerOptimizer = PartKind("outer optimizer")
}

/// The optimizers of meta-parameters of this module.
public enum OuterOptimizers {
  /// In the order in which to list them.
  public static let all: [any OuterOptimizer] = [OuterAdam(), OuterGradientDescent()]
}
