public import TensorCore

/// The state of an update rule between steps: groups of parameters under names, and the states of a chain's links.
public struct UpdateState<Scalar: TensorScalar>: TensorStructure {
  private struct Group {
    let name: String
    var parameters: Parameters<Scalar>
  }

  private var groups: [Group]
  /// The states of a chain's links, in their order.
  public internal(set) var links: [UpdateState<Scalar>]

  /// Creates the state of a rule from named groups; no name may occur twice.
  public init(_ groups: [(name: String, parameters: Parameters<Scalar>)] = []) {
    precondition(Set(groups.map(\.name)).count == groups.count, "two groups of \(groups.map(\.name)) have one name")
    self.groups = groups.map { Group(name: $0.name, parameters: $0.parameters) }
    links = []
  }

  init(links: [UpdateState<Scalar>]) {
    groups = []
    self.links = links
  }

  /// The group called `name`, which must be one of the rule's groups.
  public subscript(name: String) -> Parameters<Scalar> {
    get { groups[position(of: name)].parameters }
    set { groups[position(of: name)].parameters = newValue }
  }

  private func position(of name: String) -> Int {
    guard let position = groups.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("a rule remembers no \(name), but \(groups.map(\.name))")
    }
    return position
  }

  /// Every group, those of a chain's links included, in order. A name that an earlier link also has is followed by a
  /// number.
  public var namedGroups: [(name: String, parameters: Parameters<Scalar>)] {
    let all = groups.map { ($0.name, $0.parameters) } + links.flatMap(\.namedGroups)
    return zip(all.map(\.0).numberingDuplicates, all.map(\.1)).map { ($0, $1) }
  }

  /// Calls `body` on the tensors of every group.
  public mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
    for index in groups.indices { try groups[index].parameters.forEachTensor(body) }
    for index in links.indices { try links[index].forEachTensor(body) }
  }
}

extension [String] {
  /// The same names without duplicates: a name that occurred before is followed by the first number, from 2 on, that makes
  /// it unique.
  package var numberingDuplicates: [String] {
    var names: [String] = []
    for name in self {
      var (candidate, number) = (name, 2)
      while names.contains(candidate) { (candidate, number) = ("\(name)_\(number)", number + 1) }
      names.append(candidate)
    }
    return names
  }
}

extension Array {
  /// The same values, each name that is already taken followed by a number as in `numberingDuplicates`.
  package func numberingDuplicateNames() -> [(name: String, value: Double)]
  where Element == (name: String, value: Double) {
    zip(map(\.name).numberingDuplicates, self).map { ($0, $1.value) }
  }
}
