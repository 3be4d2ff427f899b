/// A choice among named parameters: which ones an inner loop adapts.
public enum ParameterSelection: Hashable, Sendable {
  /// Every parameter.
  case all
  /// Every parameter of these layers; a layer is what stands before the last point of a name.
  case layers(Set<String>)
  /// Every parameter but those of these layers.
  case allBut(Set<String>)
  /// Every parameter but those of this kind; the kind is what stands after the last point of a name.
  case allButKind(String)
  /// What both choose.
  indirect case intersection(ParameterSelection, ParameterSelection)

  /// The layer that networks of this module call their last.
  public static let outputLayerName = "output"

  /// The last layer's weights and biases.
  public static let outputLayer = ParameterSelection.layers([outputLayerName])

  /// The kind of the matrices that stand after the weights of a `LayerForm.transformed` layer.
  public static let transformKind = "transform"

  /// The weights and biases of every layer, without the matrices after them.
  public static let weights = ParameterSelection.allButKind(transformKind)

  /// Whether the parameter called `name` is chosen.
  public func contains(_ name: String) -> Bool {
    switch self {
    case .all: true
    case .layers(let layers): layers.contains(Self.layer(of: name))
    case .allBut(let layers): !layers.contains(Self.layer(of: name))
    case .allButKind(let kind): !name.hasSuffix(".\(kind)")
    case .intersection(let first, let second): first.contains(name) && second.contains(name)
    }
  }

  /// The layer of the parameter called `name`.
  public static func layer(of name: String) -> String {
    name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }
}
