public import Environments
package import RandomStreams
import RealModule
import TensorCore

/// The form of the actions of a batch, and of the distributions that sample them from the outputs of a policy.
public enum ActionForm: Hashable, Sendable {
  /// Vectors whose elements are normally distributed around as many outputs.
  case vector(size: Int)
  /// One of a number of choices, whose probabilities are the softmax of as many outputs.
  case choice(count: Int)

  /// The form of the actions of a space.
  public init(_ space: ActionSpace) {
    switch space {
    case .continuous(let actions): self = .vector(size: actions.count)
    case .discrete(let choices): self = .choice(count: choices.count)
    }
  }

  /// The number of elements of an action.
  public var actionSize: Int {
    switch self {
    case .vector(let size): size
    case .choice: 1
    }
  }

  /// The number of outputs of a policy for an action.
  public var outputSize: Int {
    switch self {
    case .vector(let size): size
    case .choice(let count): count
    }
  }

  /// The number of standard deviations, which do not depend on the observation: one for each element of a vector, and none
  /// for choices.
  public var deviationCount: Int {
    switch self {
    case .vector(let size): size
    case .choice: 0
    }
  }

  /// Samples the actions of one time step.
  /// - Parameters:
  ///   - outputs: `[episodes, outputSize]`.
  ///   - deviations: `[deviationCount]`.
  ///   - address: the address of the random numbers of the first episode; each other has its number added.
  ///   - actions: `[episodes, actionSize]`.
  package func sample(
    outputs: Span<Float>, deviations: Span<Float>, at address: RandomAddress, into actions: inout MutableSpan<Float>
  ) {
    switch self {
    case .vector:
      Float.kernels(.current).sampleNormals(
        key: address.key, counter: address.counter, means: outputs, deviations: deviations, into: &actions)
    case .choice(let count):
      for episode in 0..<actions.count {
        var address = address
        address.episode += UInt32(episode)
        var stream = address.stream
        actions[episode] = Self.choice(
          among: outputs.extracting(episode * count..<(episode + 1) * count), at: stream.uniform())
      }
    }
  }

  /// The choice at which the cumulative probability passes `quantile`, in [0, 1): the inverse of the distribution function.
  /// It is NaN where an output is not finite.
  private static func choice(among outputs: Span<Float>, at quantile: Double) -> Float {
    let largest = outputs.maximum
    var total = 0.0
    for index in 0..<outputs.count { total += .exp(Double(outputs[index]) - largest) }
    guard total.isFinite else { return .nan }
    var rest = quantile * total
    var last = 0
    for index in 0..<outputs.count {
      let weight = Double.exp(Double(outputs[index]) - largest)
      if rest < weight { return Float(index) }
      // Rounding may leave a rest: a choice of probability 0 is not the one that takes it.
      if weight > 0 { last = index }
      rest -= weight
    }
    return Float(last)
  }
}

extension Span<Float> {
  fileprivate var maximum: Double {
    var largest = -Double.infinity
    for index in 0..<count { largest = Swift.max(largest, Double(self[index])) }
    return largest
  }

  /// The logarithm of the sum of the exponentials of the elements.
  private var logSumExp: Double {
    let largest = maximum
    var sum = 0.0
    for index in 0..<count { sum += .exp(Double(self[index]) - largest) }
    return largest + .log(sum)
  }

  /// The entropy in nats of a choice whose probabilities are the softmax of the elements.
  var choiceEntropy: Double {
    let normalizer = logSumExp
    var entropy = 0.0
    for index in 0..<count {
      let logProbability = Double(self[index]) - normalizer
      entropy -= .exp(logProbability) * logProbability
    }
    return entropy
  }

  /// The Kullback-Leibler divergence KL(p || q) in nats of choices whose probabilities p are the softmax of the elements,
  /// and q that of those of another span.
  func choiceDivergence(from other: Span<Float>) -> Double {
    let (normalizer, otherNormalizer) = (logSumExp, other.logSumExp)
    var divergence = 0.0
    for index in 0..<count {
      let logProbability = Double(self[index]) - normalizer
      divergence += .exp(logProbability) * (logProbability - (Double(other[index]) - otherNormalizer))
    }
    return divergence
  }
}
