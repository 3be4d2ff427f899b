import Parts
public import RandomStreams
import NeuralNetworks
import TensorCore

/// Linear regression y = w . x without noise, whose inputs have a second moment X^T X / n with exactly the chosen
/// eigenvalues, along axes that differ between tasks; w ~ N(0, I).
///
/// The Hessian of the mean squared error is then 2 X^T X / n, and the regularised inner problem and its meta-gradient have
/// closed forms: see `RidgeSolution`. Source: the synthetic example of iMAML, figure 2a. The paper gives no eigenvalues;
/// these are ours, chosen so that the problem is ill-conditioned.
public struct RidgeRegression: TaskDistribution, Hashable {
  /// The weights w, and the axes, row-major `[inputSize, inputSize]`, one in each row.
  public typealias Task = (weights: [Double], axes: [Double])

  /// The eigenvalues of X^T X / n.
  public let spectrum: [Double]
  public var inputSize: Int { spectrum.count }
  public var targetSize: Int { 1 }

  /// The default eigenvalues: five distinct values over two powers of ten, each twice.
  public static let standardSpectrum = [10, 10, 3, 3, 1, 1, 0.3, 0.3, 0.1, 0.1]

  /// Creates the distribution with `spectrum`, none of whose entries may be negative.
  public init(spectrum: [Double] = standardSpectrum) {
    precondition(
      !spectrum.isEmpty && spectrum.allSatisfy { $0 >= 0 }, "\(spectrum) is not a spectrum of second moments")
    self.spectrum = spectrum
  }

  public func sampleTask(from stream: inout RandomStream) -> Task {
    let weights = (0..<inputSize).map { _ in stream.normal() }
    return (weights, Self.orthonormalRows(inputSize, length: inputSize, from: &stream))
  }

  /// Writes examples with the chosen second moment. With fewer rows than inputs only the first eigenvalues can be
  /// attained; the others are 0.
  public func writeExamples(
    of task: Task, rows: Range<Int>, from stream: inout RandomStream, inputs: inout MutableSpan<Float>,
    targets: inout MutableSpan<Float>
  ) {
    let directions = min(rows.count, inputSize)
    // X = sqrt(n) Q diag(sqrt(spectrum)) V^T, Q with orthonormal columns, which are rows here.
    let basis = Self.orthonormalRows(directions, length: rows.count, from: &stream)
    for (offset, row) in rows.enumerated() {
      var target = 0.0
      for column in 0..<inputSize {
        let input = (0..<directions).reduce(0.0) { sum, direction in
          let scale = (Double(rows.count) * spectrum[direction]).squareRoot()
          return sum + scale * basis[direction * rows.count + offset] * task.axes[direction * inputSize + column]
        }
        target += task.weights[column] * input
        inputs[row * inputSize + column] = Float(input)
      }
      targets[row] = Float(target)
    }
  }

  /// Random orthonormal vectors, row-major `[count, length]`.
  private static func orthonormalRows(_ count: Int, length: Int, from stream: inout RandomStream) -> [Double] {
    let rows: Tensor<Double> = Initializer.orthogonal(gain: 1)([count, length], from: &stream)
    return rows.scalars
  }
}

extension RidgeRegression {
  /// The family of ridge regressions. The model is linear on ten inputs. The Hessian is at most 20, so that any step below
  /// 0.1 is stable.
  static let family = GeneratedTaskFamily(
    Card(
      "ridge", "linear regression in 10 dimensions, second moments 10, 3, 1, 0.3 and 0.1 twice each",
      source: "Rajeswaran, Finn, Kakade, Levine 2019 (iMAML), figure 2a"), RidgeRegression(),
    defaults: ["hidden_sizes": [], "shots": 20, "queries": 20])
}
