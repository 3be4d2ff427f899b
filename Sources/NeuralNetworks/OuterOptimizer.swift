public import Parts

/// An optimizer of meta-parameters that a run can choose, with its settings.
public protocol OuterOptimizer: Part {
  /// The update rules that turn a meta-gradient into a direction. A chain runs them between clipping and the step size.
  var links: [any UpdateRule] { get }
  /// Whether the length of a step is a rate times the direction, so that a run sets the rate.
  var hasRate: Bool { get }
}

extension OuterOptimizer {
  /// True, which most optimizers need.
  public var hasRate: Bool { true }
}

/// Adam as the optimizer of the meta-parameters.
public struct OuterAdam: OuterOptimizer {
  public let card = Card("adam", "Adam", source: "Kingma, Ba 2015")

  /// Creates the choice of Adam.
  public init() {}

  public var links: [any UpdateRule] { [Adam()] }
}

/// Gradient descent as the optimizer of the meta-parameters.
public struct OuterGradientDescent: OuterOptimizer {
  public let card = Card("sgd", "gradient descent", source: "Robbins, Monro 1951")

  /// Creates the choice of gradient descent.
  public init() {}

  public var links: [any UpdateRule] { [] }
}

/// The optimizers of meta-parameters in this module.
public enum OuterOptimizers {
  /// All optimizers, in the order in which they are listed.
  public static let all: [any OuterOptimizer] = [OuterAdam(), OuterGradientDescent()]
}
