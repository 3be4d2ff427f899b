public import TensorCore

/// Several update rules in sequence: each transforms the gradient that the next one receives, and the last one's update is
/// subtracted (optax, `chain`).
///
/// A chain within a chain is flattened into its links. Meta-parameters, random numbers and coefficients have the names
/// that their link gives them, after the link's number and a point, such as `2.rate`.
public struct Chain: UpdateRule {
  /// The rules in the order in which they are applied; none of them is a chain.
  public let links: [any UpdateRule]
  /// The prefix of the names of each link's values.
  private let prefixes: [String]

  /// Creates a chain from an array of rules. At most one link may take gradients ahead of the parameters.
  public init(_ links: [any UpdateRule]) {
    self.links = links.flatMap { ($0 as? Chain)?.links ?? [$0] }
    prefixes = self.links.indices.map { "\($0 + 1)." }
  }

  /// Creates a chain. At most one link may take gradients ahead of the parameters.
  public init(_ links: any UpdateRule...) { self.init(links) }

  public func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar> {
    let all = zip(prefixes, links).map { $1.metaParameters(for: adapted).prefixed($0) }
    return Parameters(names: all.flatMap(\.names), tensors: all.flatMap(\.tensors))
  }

  public func noise<Scalar>(for adapted: Parameters<Scalar>) -> [(name: String, shape: Shape)] {
    zip(prefixes, links).flatMap { prefix, link in
      link.noise(for: adapted).map { (prefix + $0.name, $0.shape) }
    }
  }

  public func coefficients(step count: Int) -> [(name: String, value: Double)] {
    zip(prefixes, links).flatMap { prefix, link in
      link.coefficients(step: count).map { (prefix + $0.name, $0.value) }
    }
  }

  public func initialState<Scalar>(
    for adapted: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> UpdateState<Scalar> {
    UpdateState(
      links: zip(prefixes, links).map { prefix, link in
        link.initialState(
          for: adapted, ruleParameters: ruleParameters.group(prefix), noise: noise.group(prefix))
      })
  }

  public func gradientPoint<Scalar>(
    _ parameters: Parameters<Scalar>, state: UpdateState<Scalar>
  ) -> Parameters<Scalar> {
    zip(links, state.links).reduce(parameters) { $1.0.gradientPoint($0, state: $1.1) }
  }

  public func stoppingGradients<Scalar>(ofTheWay state: UpdateState<Scalar>) -> UpdateState<Scalar> {
    UpdateState(links: zip(links, state.links).map { $0.stoppingGradients(ofTheWay: $1) })
  }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    links.indices.reduce(gradient) { gradient, index in
      var own = context
      own.ruleParameters = context.ruleParameters.group(prefixes[index])
      own.coefficients = context.coefficients.group(prefixes[index])
      return links[index].update(gradient, at: parameters, state: &state.links[index], context: own)
    }
  }

  public func proximal<Scalar>(
    _ moved: Parameters<Scalar>, from parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>
  ) -> Parameters<Scalar> {
    links.indices.reduce(moved) { links[$1].proximal($0, from: parameters, state: &state.links[$1]) }
  }

  public var setsZeros: Bool { links.contains { $0.setsZeros } }

  /// The summaries of all links, in order. A name that an earlier link also has is followed by a number.
  public func summary(of ruleParameters: Parameters<Float>) -> [(name: String, value: Double)] {
    zip(prefixes, links).flatMap { $1.summary(of: ruleParameters.group($0)) }.numberingDuplicateNames()
  }
}
