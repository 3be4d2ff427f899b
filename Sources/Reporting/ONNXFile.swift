import Files
public import Runs

/// Writes models in ONNX, the exchange format that onnxruntime and others run.
///
/// Source: onnx.proto3 of IR version 8 at https://github.com/onnx/onnx, and the operators of opset 17. The numbers of the
/// fields are those of that file.
public enum ONNXFile {
  private static let operatorSet = 17
  private static let representation = 8

  /// The bytes of a model: one input, `observation`, `[batch, observations]`; the first output is `action`, `[batch, actions]`,
  /// or of choices `[batch]`, whole numbers; then what it was made of, `mean` and `standard_deviation`, or `logits`.
  public static func bytes(of model: AdaptedModel) -> [UInt8] {
    var graph = Graph()
    var size = 0
    for case .product(let matrix) in model.steps.prefix(3) where size == 0 { size = matrix.shape[0] }
    var outputs: [ProtobufFields] = []
    let result = graph.add(model.steps, to: "observation")
    let width =
      model.steps.reversed().compactMap { step in
        if case .product(let matrix) = step { matrix.shape[1] } else { nil }
      }.first ?? size
    switch model.result {
    case .means(let low, let high, let deviations):
      graph.node("Identity", [result], "mean")
      graph.node("Max", ["mean", graph.constant("action.low", [low.count], low)], "raised")
      graph.node("Min", ["raised", graph.constant("action.high", [high.count], high)], "action")
      graph.node("Identity", [graph.constant("deviations", [width], deviations)], "standard_deviation")
      outputs = [
        value("action", .float, [nil, width]), value("mean", .float, [nil, width]),
        value("standard_deviation", .float, [width]),
      ]
    case .logits:
      graph.node("Identity", [result], "logits")
      graph.node("ArgMax", ["logits"], "action", integers: [("axis", 1), ("keepdims", 0)])
      outputs = [value("action", .integer, [nil]), value("logits", .float, [nil, width])]
    }
    var fields = graph.fields
    fields.append(2, "policy")
    fields.append(11, value("observation", .float, [nil, size]))
    for output in outputs { fields.append(12, output) }

    var file = ProtobufFields()
    file.append(1, representation)
    file.append(2, "metarl")
    file.append(7, fields)
    var operators = ProtobufFields()
    operators.append(1, "")
    operators.append(2, operatorSet)
    file.append(8, operators)
    for (key, text) in model.metadata.sorted(by: { $0.key < $1.key }) {
      var entry = ProtobufFields()
      entry.append(1, key)
      entry.append(2, text)
      file.append(14, entry)
    }
    return file.bytes
  }

  /// The element types of TensorProto.
  private enum Element: Int {
    case float = 1
    case integer = 7
  }

  /// A description of an input or an output; nil is the free batch axis.
  private static func value(_ name: String, _ element: Element, _ sizes: [Int?]) -> ProtobufFields {
    var shape = ProtobufFields()
    for size in sizes {
      var axis = ProtobufFields()
      if let size { axis.append(1, size) } else { axis.append(2, "batch") }
      shape.append(1, axis)
    }
    var tensor = ProtobufFields()
    tensor.append(1, element.rawValue)
    tensor.append(2, shape)
    var type = ProtobufFields()
    type.append(1, tensor)
    var value = ProtobufFields()
    value.append(1, name)
    value.append(2, type)
    return value
  }

  /// The nodes and constants of a graph.
  private struct Graph {
    private(set) var fields = ProtobufFields()
    private var count = 0

    /// Adds steps, and returns the name of what the last one gives.
    mutating func add(_ steps: [ModelStep], to input: String) -> String {
      var signal = input
      for step in steps {
        count += 1
        let next = "step\(count)"
        switch step {
        case .clip(let low, let high):
          node("Max", [signal, constant("\(next).low", [low.count], low)], "\(next).raised")
          node("Min", ["\(next).raised", constant("\(next).high", [high.count], high)], next)
        case .scale(let factors): node("Mul", [signal, constant("\(next).factors", [factors.count], factors)], next)
        case .product(let matrix): node("MatMul", [signal, constant(matrix.name, matrix.shape, matrix.values)], next)
        case .sum(let bias): node("Add", [signal, constant(bias.name, bias.shape, bias.values)], next)
        case .function(let name): node(name.prefix(1).uppercased() + name.dropFirst(), [signal], next)
        }
        signal = next
      }
      return signal
    }

    mutating func node(
      _ operation: String, _ inputs: [String], _ output: String, integers: [(name: String, value: Int)] = []
    ) {
      var node = ProtobufFields()
      for input in inputs { node.append(1, input) }
      node.append(2, output)
      node.append(3, output)
      node.append(4, operation)
      for integer in integers {
        var attribute = ProtobufFields()
        attribute.append(1, integer.name)
        attribute.append(3, integer.value)
        // AttributeType.INT.
        attribute.append(20, 2)
        node.append(5, attribute)
      }
      fields.append(1, node)
    }

    /// Adds a constant, and returns its name.
    mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]) -> String {
      var tensor = ProtobufFields()
      for size in shape { tensor.append(1, size) }
      tensor.append(2, Element.float.rawValue)
      tensor.append(8, name)
      var bytes: [UInt8] = []
      bytes.reserveCapacity(4 * values.count)
      for value in values { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 } }
      tensor.append(9, bytes)
      fields.append(5, tensor)
      return name
    }
  }
}
