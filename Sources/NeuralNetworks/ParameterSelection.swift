/// A choice among named parameters: which ones an inner loop adapts.
public enum ParameterSelection: Hashable, Sendable {
  /// Every parameter.
  case all
  /// Every parameter of these layers; a layer is what stands before the last point of a name.
  case layers(Set<String>)
  /// Every parameter but those of these layers.
  case allBut(Set<String>)

  /// The layer that networks of this module call their last.
  public static let outputLayerName = "output"

  /// The last layer's weights and biases.
  public static let outputLayer = ParameterSelection.layers([outputLayerName])

  /// Whether the parameter called `name` is chosen.
  public func contains(_ name: String) -> Bool {
    switch self {
    case .all: true
    case .layers(let layers): layers.contains(Self.layer(of: name))
    case .allBut(let layers): !layers.contains(Self.layer(of: name))
    }
  }

  private static func layer(of name: String) -> String {
    name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }
}
