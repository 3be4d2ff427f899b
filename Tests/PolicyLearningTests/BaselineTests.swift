import PolicyLearning
import RandomStreams
import Rollouts
import Testing

@Suite struct BaselineTests {
  let address = RandomAddress(seed: 1, purpose: .baseline)

  /// The features that the linear baseline documents, of one time step.
  func features(_ batch: EpisodeBatch, row: Int) -> [Double] {
    let size = batch.size
    let observed = batch.observations[row * size.observationSize..<(row + 1) * size.observationSize].map {
      Double(min(max($0, -10), 10))
    }
    let time = Double(row / size.episodes) / 100
    return observed + observed.map { $0 * $0 } + [time, time * time, time * time * time, 1]
  }

  /// Ridge regression by Householder reflections on the features with the ridge's square root below them: no normal
  /// equations, no Cholesky.
  func leastSquares(_ rows: [[Double]], _ targets: [Double], ridge: Double) -> [Double] {
    let width = rows[0].count
    var matrix = rows
    var right = targets
    for index in 0..<width {
      var row = Array(repeating: 0.0, count: width)
      row[index] = ridge.squareRoot()
      matrix.append(row)
      right.append(0)
    }
    for column in 0..<width {
      let norm = matrix[column...].map { $0[column] * $0[column] }.reduce(0, +).squareRoot()
      var reflector = matrix[column...].map { $0[column] }
      reflector[0] += reflector[0] < 0 ? -norm : norm
      let squares = reflector.map { $0 * $0 }.reduce(0, +)
      for target in column..<width {
        let product = zip(reflector, matrix[column...]).map { $0 * $1[target] }.reduce(0, +)
        for (offset, value) in reflector.enumerated() {
          matrix[column + offset][target] -= 2 * value * product / squares
        }
      }
      let product = zip(reflector, right[column...]).map { $0 * $1 }.reduce(0, +)
      for (offset, value) in reflector.enumerated() { right[column + offset] -= 2 * value * product / squares }
    }
    var weights = Array(repeating: 0.0, count: width)
    for row in stride(from: width - 1, through: 0, by: -1) {
      let rest = (row + 1..<width).map { matrix[row][$0] * weights[$0] }.reduce(0, +)
      weights[row] = (right[row] - rest) / matrix[row][row]
    }
    return weights
  }

  @Test(arguments: [false, true]) func linearBaselineIsTheRidgeSolution(_ endsEarly: Bool) throws {
    let size = EpisodeBatchSize(episodes: 6, horizon: 40, observationSize: 4, actionSize: 1)
    var batch = makeRandomBatch(size, endsEarly: endsEarly)
    // One observation is out of the clipped range.
    batch.observations[3] = 50
    let returns = batch.rewards.indices.map { index in
      batch.mask[index] == 0 ? 0 : batch.rewards[index] + 2 * batch.observations[index * 4] + Float(index) / 50
    }
    var values = Array(repeating: Float(0), count: size.timeSteps)
    try LinearFeatureBaseline(size: size).fit(batch, returns: returns, at: address, values: &values)

    let valid = batch.mask.indices.filter { batch.mask[$0] != 0 }
    let weights = leastSquares(
      valid.map { features(batch, row: $0) }, valid.map { Double(returns[$0]) }, ridge: LinearFeatureBaseline.ridge)
    let errors = valid.map { row -> Double in
      let expected = zip(features(batch, row: row), weights).map { $0 * $1 }.reduce(0, +)
      return abs(Double(values[row]) - expected)
    }
    // The normal equations lose the square of the features' condition, about 1e4 here: 1e-16 x 1e8, and Float's 1e-7 of
    // values up to 10.
    #expect(errors.allSatisfy { $0 < 1e-5 })
  }

  @Test func linearBaselineFitsABatchOfEqualObservations() throws {
    let size = EpisodeBatchSize(episodes: 2, horizon: 5, observationSize: 3, actionSize: 1)
    var batch = EpisodeBatch(size: size)
    batch.mask = Array(repeating: 1, count: 10)
    batch.observations = Array(repeating: 1, count: batch.observations.count)
    var values = Array(repeating: Float(0), count: 10)
    let returns = Array(repeating: Float(3), count: 10)
    try LinearFeatureBaseline(size: size).fit(batch, returns: returns, at: address, values: &values)
    // The ridge of 1e-5 beside 10 rows takes about 1e-6 of the constant away.
    #expect(values.allSatisfy { abs($0 - 3) < 1e-4 })
  }

  @Test func linearBaselineNamesAFailure() {
    let size = EpisodeBatchSize(episodes: 1, horizon: 2, observationSize: 1, actionSize: 1)
    var batch = EpisodeBatch(size: size)
    batch.mask = [1, 1]
    var values: [Float] = [0, 0]
    #expect(throws: BaselineError.self) {
      try LinearFeatureBaseline(size: size).fit(batch, returns: [.nan, 1], at: address, values: &values)
    }
  }

  @Test func valueNetworkExplainsMostOfASmoothReturn() throws {
    let size = EpisodeBatchSize(episodes: 8, horizon: 25, observationSize: 2, actionSize: 1)
    let batch = makeRandomBatch(size, endsEarly: true)
    let returns = batch.mask.indices.map { index -> Float in
      let time = Float(index / size.episodes) / Float(size.horizon)
      return batch.mask[index] * (100 + 20 * batch.observations[2 * index] - 30 * time)
    }
    var values = Array(repeating: Float(0), count: size.timeSteps)
    let baseline = ValueNetworkBaseline(size: size)
    try baseline.fit(batch, returns: returns, at: address, values: &values)
    let valid = batch.mask.indices.filter { batch.mask[$0] != 0 }
    let mean = valid.map { returns[$0] }.reduce(0, +) / Float(valid.count)
    func squares(_ prediction: (Int) -> Float) -> Float {
      valid.map { (returns[$0] - prediction($0)) * (returns[$0] - prediction($0)) }.reduce(0, +)
    }
    // A share chosen for "most": the function is linear in the inputs, and 40 steps leave some of it.
    #expect(squares { values[$0] } < 0.2 * squares { _ in mean })
  }

  /// Inputs are standardised, so that their units are of no consequence.
  @Test func valueNetworkFitsObservationsOfAnyScaleAlike() throws {
    let size = EpisodeBatchSize(episodes: 8, horizon: 20, observationSize: 3, actionSize: 1)
    var batch = makeRandomBatch(size)
    let baseline = ValueNetworkBaseline(size: size)
    func values() throws -> [Float] {
      var values = Array(repeating: Float(0), count: size.timeSteps)
      try baseline.fit(batch, returns: batch.rewards, at: address, values: &values)
      return values
    }
    let fitted = try values()
    for index in batch.observations.indices { batch.observations[index] *= 0.01 }
    #expect(zip(fitted, try values()).allSatisfy { abs($0 - $1) < 1e-3 })
  }

  @Test func valueNetworkNamesAFailure() {
    let size = EpisodeBatchSize(episodes: 1, horizon: 2, observationSize: 1, actionSize: 1)
    var batch = EpisodeBatch(size: size)
    batch.mask = [1, 1]
    var values: [Float] = [0, 0]
    #expect(throws: BaselineError.self) {
      try ValueNetworkBaseline(size: size, settings: .init(steps: 1)).fit(
        batch, returns: [.nan, 1], at: address, values: &values)
    }
  }

  @Test func aValueNetworkDependsOnItsAddressAndNotOnWhatWasFittedBefore() throws {
    let size = EpisodeBatchSize(episodes: 4, horizon: 10, observationSize: 2, actionSize: 1)
    let batch = makeRandomBatch(size)
    let baseline = ValueNetworkBaseline(size: size, settings: .init(steps: 3))
    func fit(seed: UInt64) throws -> [Float] {
      var values = Array(repeating: Float(0), count: size.timeSteps)
      let address = RandomAddress(seed: seed, purpose: .test)
      try baseline.fit(batch, returns: batch.rewards, at: address, values: &values)
      return values
    }
    let first = try fit(seed: 1)
    #expect(try fit(seed: 2) != first)
    #expect(try fit(seed: 1) == first)
  }
}
