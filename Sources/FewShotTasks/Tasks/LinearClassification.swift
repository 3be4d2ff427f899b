import Parts
public import RandomStreams

/// Two classes on the sides of a random plane through the origin: w ~ N(0, I), x ~ N(0, I), the label 1 where w . x > 0
/// and 0 elsewhere.
///
/// Source: "Decoupling adaptation from modeling with meta-optimizers", section 3 and A.1.1, with 100 dimensions and 1,000
/// points a task. Query points are new ones: a score on the support itself would be higher.
public struct LinearClassification: TaskDistribution, Hashable {
  /// The normal vector w of the plane.
  public typealias Task = [Double]

  public let inputSize: Int
  public var targetSize: Int { 1 }

  /// Creates the distribution in `dimensions` dimensions.
  public init(dimensions: Int = 100) {
    precondition(dimensions >= 1, "a plane needs at least one dimension, not \(dimensions)")
    inputSize = dimensions
  }

  public func sampleTask(from stream: inout RandomStream) -> [Double] {
    (0..<inputSize).map { _ in stream.normal() }
  }

  public func writeExamples(
    of normal: [Double], rows: Range<Int>, from stream: inout RandomStream, inputs: inout MutableSpan<Float>,
    targets: inout MutableSpan<Float>
  ) {
    for row in rows {
      var side = 0.0
      for dimension in 0..<inputSize {
        let coordinate = stream.normal()
        side += normal[dimension] * coordinate
        inputs[row * inputSize + dimension] = Float(coordinate)
      }
      targets[row] = side > 0 ? 1 : 0
    }
  }
}

extension LinearClassification {
  /// The family, with the settings of logistic regression: outer SGD at 0.01 and an inner rate of 0.5, one task at a time
  /// (meta-optimizers paper, A.1.1).
  static let family = GeneratedTaskFamily(
    Card(
      "linear-classification", "the side of a random plane, in 100 dimensions",
      source: "Decoupling Adaptation from Modeling with Meta-Optimizers, A.1.1"), LinearClassification(),
    loss: .logistic,
    defaults: [
      "meta_batch_size": 1, "iterations": 30_000, "shots": 1_000, "queries": 1_000, "hidden_sizes": [],
      "inner_rate": 0.5, "recovery_rate": 0.5, "regularization": 2, "outer_step": "sgd", "outer_rate": 0.01,
    ])
}
