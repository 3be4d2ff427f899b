public import NeuralNetworks
import RandomStreams
import TensorCore

/// A predictor of the score of a cell that has not been trained: the mean of an ensemble of perceptrons on features of the
/// cell, each of which is trained without another fifth of the examples.
///
/// All perceptrons are trained at once by one program, with the ensemble as the leading axis, by Adam on the mean squared
/// error and a penalty on the weights. The same examples and seed give the same predictor.
///
/// Source: Liu et al. 2018 (PNAS), section 3.3, whose ensemble has five perceptrons on the mean embedding of the blocks;
/// the features here are shares for the same reason, that a predictor meets cells larger than any that it has seen.
public struct CellPredictor: Sendable {
  private let network: MultilayerPerceptron
  private let parameters: Parameters<Float>
  private let features: Standardization
  private let score: Standardization

  /// The number of perceptrons.
  private static let members = 5
  private static let hiddenUnits = 16
  private static let (steps, rate, decay) = (300, 0.01, 0.003)

  /// Trains the predictor.
  /// - Parameters:
  ///   - cells: the cells of the examples, of which there is one at least.
  ///   - scores: the score of each cell; larger is better.
  ///   - seed: the seed of the initial weights.
  public init(cells: [Cell], scores: [Double], seed: Int) {
    precondition(!cells.isEmpty && cells.count == scores.count, "\(scores.count) scores for \(cells.count) cells")
    let rows = cells.map(\.features)
    let (features, score) = (Standardization(rows), Standardization(scores.map { [$0] }))
    let network = MultilayerPerceptron(inputSize: rows[0].count, hiddenSizes: [Self.hiddenUnits], outputSize: 1)
    let examples = Parameters<Float>([
      ("inputs", Self.tensor(rows.map { features.standardized($0) })),
      ("targets", Self.tensor(scores.map { score.standardized([$0]) })),
      ("weights", Self.weights(of: cells.count)),
    ])
    let start = Self.start(of: network, seed: seed)
    // The same results choose the same cells on every processor.
    parameters = KernelChoice.deterministic.computing { Self.trained(network, from: start, examples) }
    (self.network, self.features, self.score) = (network, features, score)
  }

  /// Returns the predicted score of each cell.
  public func callAsFunction(_ cells: [Cell]) -> [Double] {
    guard !cells.isEmpty else { return [] }
    let inputs = Self.tensor(cells.map { features.standardized($0.features) })
    let outputs = KernelChoice.deterministic.computing { network(parameters, inputs).mean(axes: 0) }
    return outputs.scalars.map { score.original(Double($0), column: 0) }
  }

  /// The rows for each member of the ensemble, `[members, rows, columns]`.
  private static func tensor(_ rows: [[Double]]) -> Tensor<Float> {
    Tensor(shape: [rows.count, rows[0].count], scalars: rows.joined().map { Float($0) })
      .broadcast(to: [members, rows.count, rows[0].count])
  }

  /// The weight of each example for each member, `[members, examples, 1]`: 0 for the fifth that the member does not see.
  /// Of few examples each member sees all.
  private static func weights(of count: Int) -> Tensor<Float> {
    let leavesOut = count >= 2 * members
    let weights = (0..<members).flatMap { member in
      (0..<count).map { index -> Float in leavesOut && index % members == member ? 0 : 1 }
    }
    return Tensor(shape: [members, count, 1], scalars: weights)
  }

  /// The initial weights of all members, each with the leading axis of the ensemble.
  private static func start(of network: MultilayerPerceptron, seed: Int) -> Parameters<Float> {
    let own = (0..<members).map { member -> Parameters<Float> in
      var stream = RandomAddress(seed: UInt64(seed), purpose: .architectureSearch, iteration: 1, task: member).stream
      return network.initialParameters(from: &stream)
    }
    return own[0].replacingTensors(own[0].names.map { name in stack(own.map { $0[name] }) })
  }
}

// Training.
extension CellPredictor {
  private struct Step: TensorStructure {
    var parameters: Parameters<Float>
    var state: UpdateState<Float>
    var coefficients: Parameters<Float>
    var examples: Parameters<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try state.forEachTensor(body)
      try coefficients.forEachTensor(body)
      try examples.forEachTensor(body)
    }
  }

  private struct Result: TensorStructure {
    var parameters: Parameters<Float>
    var state: UpdateState<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try state.forEachTensor(body)
    }
  }

  private static func trained(
    _ network: MultilayerPerceptron, from start: Parameters<Float>, _ examples: Parameters<Float>
  ) -> Parameters<Float> {
    let rule = Adam.steps(rate: rate)
    var step = Step(
      parameters: start, state: rule.initialState(for: start), coefficients: rule.coefficientTensors(step: 1),
      examples: examples)
    let workspace = Program(for: step) { step in
      let derivatives = gradient(
        of: loss(network, step.parameters, step.examples), withRespectTo: step.parameters)
      var state = step.state
      let context = UpdateContext(coefficients: step.coefficients)
      let moved = rule.step(step.parameters, gradient: derivatives, state: &state, context: context)
      return Result(parameters: moved, state: state)
    }.makeWorkspace()
    for count in 1...steps {
      step.coefficients = rule.coefficientTensors(step: count)
      workspace.inputs.write(step)
      workspace.run()
      let result = workspace.outputs.read()
      (step.parameters, step.state) = (result.parameters, result.state)
    }
    return step.parameters
  }

  /// The sum over the ensemble of each member's mean squared error and penalty.
  private static func loss(
    _ network: MultilayerPerceptron, _ parameters: Parameters<Float>, _ examples: Parameters<Float>
  ) -> Tensor<Float> {
    let weights = examples["weights"]
    let errors = square(network(parameters, examples["inputs"]) - examples["targets"]) * weights
    let means = errors.sum(axes: 1, 2) / weights.sum(axes: 1, 2)
    let penalties = network.layerNames.map { square(parameters["\($0).weight"]).sum() }
    return means.sum() + Tensor(Float(decay)) * penalties.reduce(0, +)
  }
}

/// A map of columns of numbers to a mean of 0 and a standard deviation of 1.
private struct Standardization: Sendable {
  private let means: [Double]
  private let deviations: [Double]

  /// The least standard deviation of a column that is used: of one that is constant, nothing can be learned.
  private static let least = 1e-6

  init(_ rows: [[Double]]) {
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    means = rows[0].indices.map { column in mean(rows.map { $0[column] }) }
    deviations = zip(rows[0].indices, means).map { column, center in
      mean(rows.map { row in (row[column] - center) * (row[column] - center) }).squareRoot()
    }
  }

  func standardized(_ row: [Double]) -> [Double] {
    row.indices.map { deviations[$0] > Self.least ? (row[$0] - means[$0]) / deviations[$0] : 0 }
  }

  func original(_ value: Double, column: Int) -> Double { means[column] + value * deviations[column] }
}
