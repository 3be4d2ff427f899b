import NeuralNetworks
public import Parts

/// Meta-Curvature: MAML whose gradients are multiplied by a matrix for each of their axes. The matrices are meta-learned
/// with the start and are the same for all tasks.
///
/// Source: Park, Oliva, "Meta-Curvature" (2019), section 3.
public struct MetaCurvature: MetaAlgorithm {
  public let card = Card(
    "meta-curvature", "gradient steps through learned Kronecker factors, differentiated exactly",
    source: "Park, Oliva 2019")
  /// The inner learning rate alpha.
  public var rate = 0.01

  public static let settings: [Setting<Self>] = [.innerRate(\.rate)]

  /// Creates the algorithm with its default settings.
  public init() {}

  public var phases: [Phase] {
    [Phase(adapted: .all, rule: PreconditionedStep(KroneckerProduct(outputs: .mixed), rate: rate))]
  }

  public func numbersBeside(rows: Int, columns: Int) -> Int { KroneckerProduct.count(rows: rows, columns: columns) }
}
