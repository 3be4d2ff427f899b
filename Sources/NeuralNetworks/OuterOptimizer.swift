public import Parts

/// An optimizer of meta-parameters that a run can choose, with its settings.
public protocol OuterOptimizer: Part {
  /// What makes a direction of a meta-gradient: the links of a chain between clipping and the step size.
  var links: [any UpdateRule] { get }
}

/// Adam outside.
public struct OuterAdam: OuterOptimizer {
  public let card = Card("adam", "Adam", source: "Kingma, Ba 2015")

  /// Creates the choice.
  public init() {}

  public var links: [any UpdateRule] { [Adam()] }
}

/// Gradient descent outside.
public struct OuterGradientDescent: OuterOptimizer {
  public let card = Card("sgd", "gradient descent", source: "Robbins, Monro 1951")

  /// Creates the choice.
  public init() {}

  public var links: [any UpdateRule] { [] }
}

/// The optimizers of meta-parameters of this module.
public enum OuterOptimizers {
  /// In the order in which to list them.
  public static let all: [any OuterOptimizer] = [OuterAdam(), OuterGradientDescent()]
}
