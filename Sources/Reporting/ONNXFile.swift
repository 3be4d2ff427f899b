import Files
public import Parts
public import Runs

/// Writes models in ONNX, the exchange format that onnxruntime and others run.
public enum ONNXFile {
  private static let operatorSet = 17
  private static let representation = 8

  /// The bytes of a model. A policy has one input, `observation`, `[batch, observations]`; the first output is `action`,
  /// `[batch, actions]`, or of choices `[batch]`, whole numbers; then what it was made of, `mean` and `standard_deviation`,
  /// or `logits`. A supervised model has one input, `input`, `[batch, inputs]`, and one output, `prediction`, `[batch,
  /// outputs]`; a classifier has `class`, `[batch]`, whole numbers, and `logits`.
  /// - Throws: `UserError` where the model's steps are not known.
  public static func bytes(of model: AdaptedModel) throws(UserError) -> [UInt8] {
    guard let steps = model.steps else {
      throw UserError(
        "onnx: expected a network whose steps are known, of the models that come with the program, found another; adapt "
          + "writes its parameters", status: .usage)
    }
    var graph = ONNXGraph()
    let input = model.result.isOfPolicy ? "observation" : "input"
    let result = graph.add(steps, to: input)
    graph.name(model.result.isOfPolicy ? "policy" : "model")
    graph.describe(.input, input, .float, [nil, model.inputSize])
    add(model.result, of: result, width: model.outputSize, to: &graph)
    return file(of: graph, metadata: model.metadata)
  }

  /// Adds the outputs of a model to its graph.
  /// - Parameters:
  ///   - signal: the name of what the steps give.
  ///   - width: the number of its elements.
  private static func add(_ result: ModelResult, of signal: String, width: Int, to graph: inout ONNXGraph) {
    switch result {
    case .means(let low, let high, let deviations):
      graph.node("Identity", [signal], "mean")
      graph.node("Max", ["mean", graph.constant("action.low", [low.count], low)], "raised")
      graph.node("Min", ["raised", graph.constant("action.high", [high.count], high)], "action")
      graph.node("Identity", [graph.constant("deviations", [width], deviations)], "standard_deviation")
      graph.describe(.output, "action", .float, [nil, width])
      graph.describe(.output, "mean", .float, [nil, width])
      graph.describe(.output, "standard_deviation", .float, [width])
    case .predictions:
      graph.node("Identity", [signal], "prediction")
      graph.describe(.output, "prediction", .float, [nil, width])
    case .choices, .classes:
      let name = result.isOfPolicy ? "action" : "class"
      graph.node("Identity", [signal], "logits")
      graph.node("ArgMax", ["logits"], name, [("axis", .integer(1)), ("keepdims", .integer(0))])
      graph.describe(.output, name, .integer, [nil])
      graph.describe(.output, "logits", .float, [nil, width])
    case .sides:
      graph.node("Identity", [signal], "logits")
      // The mean over the one logit is the logit, without its axis.
      graph.node("ReduceMean", ["logits"], "logit", [("axes", .integers([1])), ("keepdims", .integer(0))])
      graph.node("Greater", ["logit", graph.constant("zero", [1], [0])], "is_one")
      graph.node("Cast", ["is_one"], "class", [("to", .integer(ONNXGraph.Element.integer.rawValue))])
      graph.describe(.output, "class", .integer, [nil])
      graph.describe(.output, "logits", .float, [nil, width])
    }
  }

  private static func file(of graph: ONNXGraph, metadata: [String: String]) -> [UInt8] {
    var file = ProtobufFields()
    file.append(1, representation)
    file.append(2, "metarl")
    file.append(7, graph.fields)
    var operators = ProtobufFields()
    operators.append(1, "")
    operators.append(2, operatorSet)
    file.append(8, operators)
    for (key, text) in metadata.sorted(by: { $0.key < $1.key }) {
      var entry = ProtobufFields()
      entry.append(1, key)
      entry.append(2, text)
      file.append(14, entry)
    }
    return file.bytes
  }
}

extension ModelResult {
  /// Whether inputs are observations and outputs are actions.
  fileprivate var isOfPolicy: Bool {
    switch self {
    case .means, .choices: true
    case .predictions, .classes, .sides: false
    }
  }
}
