public import TensorCore

/// Several update rules one after another: each makes of a gradient what the next one gets, and the last one's update is
/// subtracted (optax, `chain`).
///
/// The names of what links bring are theirs; one that a link before has is followed by a number.
public struct Chain: UpdateRule {
  /// The rules, in order.
  public let links: [any UpdateRule]

  /// Creates a chain. Only its last link may have a proximal map or take gradients ahead of the parameters.
  public init(_ links: [any UpdateRule]) { self.links = links }

  /// Creates a chain. Only its last link may have a proximal map or take gradients ahead of the parameters.
  public init(_ links: any UpdateRule...) { self.init(links) }

  public func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar> {
    let all = links.map { $0.metaParameters(for: adapted) }
    return Parameters(names: all.flatMap(\.names).numberingDuplicates, tensors: all.flatMap(\.tensors))
  }

  public func noise<Scalar>(for adapted: Parameters<Scalar>) -> [(name: String, shape: Shape)] {
    let all = links.flatMap { $0.noise(for: adapted) }
    return zip(all.map(\.name).numberingDuplicates, all).map { ($0, $1.shape) }
  }

  public func coefficients(step count: Int) -> [(name: String, value: Double)] {
    let all = links.flatMap { $0.coefficients(step: count) }
    return zip(all.map(\.name).numberingDuplicates, all).map { ($0, $1.value) }
  }

  public func initialState<Scalar>(
    for adapted: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> UpdateState<Scalar> {
    let ruleParameters = parts(of: ruleParameters) { $0.metaParameters(for: adapted).names }
    let noise = parts(of: noise) { $0.noise(for: adapted).map(\.name) }
    return UpdateState(
      links: links.indices.map {
        links[$0].initialState(for: adapted, ruleParameters: ruleParameters[$0], noise: noise[$0])
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
    let ruleParameters = parts(of: context.ruleParameters) { $0.metaParameters(for: parameters).names }
    let coefficients = parts(of: context.coefficients) { $0.coefficients(step: 1).map(\.name) }
    return links.indices.reduce(gradient) { gradient, index in
      links[index].update(
        gradient, at: parameters, state: &state.links[index],
        context: UpdateContext(ruleParameters: ruleParameters[index], coefficients: coefficients[index]))
    }
  }

  public func moved<Scalar>(
    _ parameters: Parameters<Scalar>, by update: Parameters<Scalar>, state: inout UpdateState<Scalar>
  ) -> Parameters<Scalar> {
    guard let last = links.indices.last else { return parameters - update }
    return links[last].moved(parameters, by: update, state: &state.links[last])
  }

  /// What each link sees of the values of all, under its own names.
  private func parts<Scalar>(
    of all: Parameters<Scalar>, names: (any UpdateRule) -> [String]
  ) -> [Parameters<Scalar>] {
    var first = 0
    return links.map { link in
      let names = names(link)
      defer { first += names.count }
      return Parameters(names: names, tensors: Array(all.tensors[first..<first + names.count]))
    }
  }
}
