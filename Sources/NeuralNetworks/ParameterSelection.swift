/// A selection of named parameters, such as those that an inner loop adapts.
public enum ParameterSelection: Hashable, Sendable {
  /// Every parameter.
  case all
  /// Every parameter of these layers. The layer of a parameter is the part of its name before the last point.
  case layers(Set<String>)
  /// Every parameter except those of these layers.
  case allBut(Set<String>)
  /// Every parameter except those of this kind. The kind of a parameter is the part of its name after the last point.
  case allButKind(String)
  /// The parameters that both selections contain.
  indirect case intersection(ParameterSelection, ParameterSelection)

  /// The name of the last layer in the networks of this module.
  public static let outputLayerName = "output"

  /// The last layer's weights and biases.
  public static let outputLayer = ParameterSelection.layers([outputLayerName])

  /// The kind of the transform matrices of a `LayerForm.transformed` layer.
  public static let transformKind = "transform"

  /// The weights and biases of every layer, without the transform matrices.
  public static let weights = ParameterSelection.allButKind(transformKind)

  /// Whether the selection contains the parameter called `name`.
  public func contains(_ name: String) -> Bool {
    switch self {
    case .all: true
    case .layers(let layers): layers.contains(Self.layer(of: name))
    case .allBut(let layers): !layers.contains(Self.layer(of: name))
    case .allButKind(let kind): !name.hasSuffix(".\(kind)")
    case .intersection(let first, let second): first.contains(name) && second.contains(name)
    }
  }

  /// The layer of the parameter called `name`: the part of the name before the last point.
  public static func layer(of name: String) -> String {
    name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
  }
}
