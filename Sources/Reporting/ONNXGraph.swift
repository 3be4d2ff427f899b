import Files
import Runs

/// The nodes and constants of a graph of ONNX.
///
/// Source: onnx.proto3 of IR version 8 at https://github.com/onnx/onnx, and the operators of opset 17. The numbers of the
/// fields are those of that file.
struct ONNXGraph {
  /// The element types of TensorProto.
  enum Element: Int {
    case float = 1
    case integer = 7
  }

  /// The value of an attribute of a node.
  enum Attribute {
    case integer(Int)
    case integers([Int])
  }

  /// The attributes of a node, by name.
  typealias Attributes = [(name: String, value: Attribute)]

  /// The fields of the graph's message so far.
  private(set) var fields = ProtobufFields()
  private var count = 0

  /// Adds a model's steps, and returns the name of what the last one gives.
  mutating func add(_ steps: [ModelStep], to input: String) -> String {
    var signal = input
    for step in steps {
      count += 1
      let next = "step\(count)"
      add(step, from: signal, to: next)
      signal = next
    }
    return signal
  }

  private mutating func add(_ step: ModelStep, from signal: String, to next: String) {
    switch step {
    case .clip(let low, let high):
      node("Max", [signal, constant("\(next).low", [low.count], low)], "\(next).raised")
      node("Min", ["\(next).raised", constant("\(next).high", [high.count], high)], next)
    case .scale(let factors): node("Mul", [signal, constant("\(next).factors", [factors.count], factors)], next)
    case .product(let matrix): node("MatMul", [signal, constant(matrix)], next)
    case .sum(let bias): node("Add", [signal, constant(bias)], next)
    case .function(let name): node(name.prefix(1).uppercased() + name.dropFirst(), [signal], next)
    case .images(let height, let width, let channels):
      node("Reshape", [signal, constant("\(next).shape", [-1, height, width, channels])], next)
    case .convolution(let filters, let stride, let padding):
      let window = Array(filters.shape.prefix(2))
      let weights = constant(filters.name, [filters.shape[3], filters.shape[2]] + window, Self.channelsFirst(filters))
      channelsFirst(
        "Conv", signal, [weights], next,
        [
          ("kernel_shape", .integers(window)), ("strides", .integers([stride, stride])),
          ("pads", .integers(Array(repeating: padding, count: 4))),
        ])
    case .batchNormalization(let scale, let shift, let epsilon):
      addNormalization(of: signal, scale, shift, epsilon: epsilon, to: next)
    case .maxPool(let window):
      let square = Attribute.integers([window, window])
      channelsFirst("MaxPool", signal, [], next, [("kernel_shape", square), ("strides", square)])
    case .spatialMean: node("ReduceMean", [signal], next, [("axes", .integers([1, 2])), ("keepdims", .integer(0))])
    case .flatten: node("Flatten", [signal], next, [("axis", .integer(1))])
    }
  }

  /// Adds the standardisation of each channel over all images of the batch and their pixels.
  private mutating func addNormalization(
    of signal: String, _ scale: NamedArray, _ shift: NamedArray, epsilon: Float, to next: String
  ) {
    let overRowsAndPixels: Attributes = [("axes", .integers([0, 1, 2])), ("keepdims", .integer(1))]
    node("ReduceMean", [signal], "\(next).mean", overRowsAndPixels)
    node("Sub", [signal, "\(next).mean"], "\(next).centered")
    node("Mul", ["\(next).centered", "\(next).centered"], "\(next).squares")
    node("ReduceMean", ["\(next).squares"], "\(next).variance", overRowsAndPixels)
    node("Add", ["\(next).variance", constant("\(next).epsilon", [1], [epsilon])], "\(next).raised")
    node("Sqrt", ["\(next).raised"], "\(next).deviation")
    node("Div", ["\(next).centered", "\(next).deviation"], "\(next).standardized")
    node("Mul", ["\(next).standardized", constant(scale)], "\(next).scaled")
    node("Add", ["\(next).scaled", constant(shift)], next)
  }

  /// Adds an operator that takes the channels before the pixels, to images that have them after.
  private mutating func channelsFirst(
    _ operation: String, _ signal: String, _ more: [String], _ output: String, _ attributes: Attributes
  ) {
    node("Transpose", [signal], "\(output).planes", [("perm", .integers([0, 3, 1, 2]))])
    node(operation, ["\(output).planes"] + more, "\(output).result", attributes)
    node("Transpose", ["\(output).result"], output, [("perm", .integers([0, 2, 3, 1]))])
  }

  /// The filters `[height, width, channels, filters]` in the order `[filters, channels, height, width]`.
  private static func channelsFirst(_ filters: NamedArray) -> [Float] {
    let (area, channels, count) = (filters.shape[0] * filters.shape[1], filters.shape[2], filters.shape[3])
    return (0..<count * channels * area).map { place in
      let (filter, channel, pixel) = (place / (channels * area), place / area % channels, place % area)
      return filters.values[(pixel * channels + channel) * count + filter]
    }
  }

  /// Adds a node, whose name is that of its output.
  mutating func node(
    _ operation: String, _ inputs: [String], _ output: String, _ attributes: Attributes = []
  ) {
    var node = ProtobufFields()
    for input in inputs { node.append(1, input) }
    node.append(2, output)
    node.append(3, output)
    node.append(4, operation)
    for (name, value) in attributes {
      var attribute = ProtobufFields()
      attribute.append(1, name)
      // Field 20 is the type: INT is 2, INTS is 7.
      switch value {
      case .integer(let value):
        attribute.append(3, value)
        attribute.append(20, 2)
      case .integers(let values):
        for value in values { attribute.append(8, value) }
        attribute.append(20, 7)
      }
      node.append(5, attribute)
    }
    fields.append(1, node)
  }

  private mutating func constant(_ array: NamedArray) -> String { constant(array.name, array.shape, array.values) }

  /// Adds a constant of numbers, and returns its name.
  mutating func constant(_ name: String, _ shape: [Int], _ values: [Float]) -> String {
    constant(name, shape, .float, values.map(\.bitPattern))
  }

  /// Adds a constant of whole numbers along one axis, and returns its name.
  mutating func constant(_ name: String, _ values: [Int]) -> String {
    constant(name, [values.count], .integer, values.map { Int64($0) })
  }

  private mutating func constant(
    _ name: String, _ shape: [Int], _ element: Element, _ values: [some FixedWidthInteger]
  ) -> String {
    var tensor = ProtobufFields()
    for size in shape { tensor.append(1, size) }
    tensor.append(2, element.rawValue)
    tensor.append(8, name)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 * values.count)
    for value in values { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
    tensor.append(9, bytes)
    fields.append(5, tensor)
    return name
  }

  /// Describes an input or an output of the graph; nil is the free batch axis.
  mutating func describe(_ field: Boundary, _ name: String, _ element: Element, _ sizes: [Int?]) {
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
    fields.append(field.rawValue, value)
  }

  /// The fields of what enters and leaves a graph.
  enum Boundary: Int {
    case input = 11
    case output = 12
  }

  /// Names the graph.
  mutating func name(_ name: String) { fields.append(2, name) }
}
