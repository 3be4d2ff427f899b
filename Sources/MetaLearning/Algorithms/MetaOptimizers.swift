import NeuralNetworks
public import Parts

// The meta-optimizers of Arnold, Iqbal, Sha, "Decoupling adaptation from modeling with meta-optimizers for meta learning"
// (2019; "When MAML can adapt fast and how to assist when it cannot", 2021): maps of the gradient that are meta-learned
// with the model and adapted with it.

private let source = "Arnold, Iqbal, Sha 2021"

/// KLin: a linear map, Kronecker-factored (meta-optimizers paper, eq. 5).
public struct KLin: MetaAlgorithm {
  public let card = Card("klin", "a Kronecker-factored linear meta-optimizer, itself adapted", source: source)
  /// The inner learning rate alpha.
  public var rate = 0.01

  public static let settings: [Setting<Self>] = [.innerRate(\.rate)]

  /// Creates the algorithm with its default settings.
  public init() {}

  public var phases: [Phase] { [Phase(adapted: .all, rule: AdaptedOptimizerStep(KroneckerProduct(), rate: rate))] }

  public func numbersBeside(rows: Int, columns: Int) -> Int { KroneckerProduct.count(rows: rows, columns: columns) }
}

/// KFC: a network of Kronecker-factored maps (meta-optimizers paper, eqs. 6 and 7) that is applied to the direction of the
/// gradient alone (A.1.2).
public struct KFC: MetaAlgorithm {
  public let card = Card("kfc", "a Kronecker-factored fully-connected meta-optimizer, itself adapted", source: source)
  /// The inner learning rate alpha.
  public var rate = 0.01
  /// The number of Kronecker products of the meta-optimizer.
  public var layers = 2

  public static let settings: [Setting<Self>] = [
    .innerRate(\.rate),
    Setting(
      "meta_optimizer_layers", \.layers, in: 1...16,
      "Kronecker products of the meta-optimizer, one more than its hidden layers"
    ).measured(in: "products").addedLater(),
  ]

  /// Creates the algorithm with its default settings.
  public init() {}

  public var phases: [Phase] {
    [Phase(adapted: .all, rule: AdaptedOptimizerStep(KroneckerNetwork(layers: layers), rate: rate))]
  }

  public func numbersBeside(rows: Int, columns: Int) -> Int {
    layers * KroneckerProduct.count(rows: rows, columns: columns)
  }
}

/// A symmetric, positive semidefinite map of low rank as the meta-optimizer (meta-optimizers paper, section 4.2).
public struct LowRank: MetaAlgorithm {
  public let card = Card("low-rank", "a meta-optimizer L L^T with few columns, itself adapted", source: source)
  /// The inner learning rate alpha.
  public var rate = 0.01
  /// The number of columns of the meta-optimizer's factor.
  public var rank = 10

  public static let settings: [Setting<Self>] = [
    .innerRate(\.rate),
    Setting(
      "meta_optimizer_rank", \.rank, in: 1...4_096,
      "columns of the meta-optimizer's factor; below a parameter's size they exclude the plain gradient step"
    ).measured(in: "columns").addedLater(),
  ]

  /// Creates the algorithm with its default settings.
  public init() {}

  public var phases: [Phase] {
    [Phase(adapted: .all, rule: AdaptedOptimizerStep(LowRankFactor(rank: rank), rate: rate))]
  }

  public func numbersBeside(rows: Int, columns: Int) -> Int {
    let weights = rows * columns
    return weights * min(rank, weights) + columns * min(rank, columns)
  }
}
