import Evaluation
import Foundation
import NeuralNetworks
import Parts
import Reporting
import Runs
import TensorCore
import Testing

@testable import Training

/// What leaves the program computes what the program computes.
@Suite struct ModelExportTests {
  /// Actions by onnxruntime of the files that `scripts/peers/onnx_cases.py` exported.
  private struct Cases: Decodable {
    var seed: Int
    var actions: [String: [[Float]]]

    static func read() throws -> Cases {
      let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Oracles/onnx.json")
      return try JSONDecoder().decode(Cases.self, from: Data(contentsOf: url))
    }
  }

  private func model(task: String?, seed: Int) throws -> AdaptedModel {
    let cache = FileManager.default.temporaryDirectory.appending(path: "pretrained-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: cache) }
    let folder = try PretrainedRun(named: "cheetah-dir").unpacked(environment: ["XDG_CACHE_HOME": cache])
    let options = EvaluationOptions(steps: task == nil ? 0 : nil, seed: seed)
    return try RunRehearsal(folder, options: options, catalog: .standard) { _ in }.model(task: task)
  }

  /// The observations of the script.
  private static let observations: Tensor<Float> = {
    let values = (0..<17_000).map { place in
      let (row, column) = (Double(place / 17), Double(place % 17))
      return Float(3 * sin(0.37 * row + 1.3 * column))
    }
    return Tensor(shape: [1_000, 17], scalars: values)
  }()

  @Test(arguments: [nil, "forward", "backward"]) func onnxruntimeGivesTheSameActions(_ task: String?) throws {
    let cases = try Cases.read()
    let model = try model(task: task, seed: cases.seed)
    let parameters = Parameters(
      model.tensors.map { ($0.name, Tensor<Float>(shape: Shape($0.shape), scalars: $0.values)) })
    // As a run computes them.
    let policy = GaussianPolicy(
      network: MultilayerPerceptron(inputSize: 17, hiddenSizes: [64, 64], outputSize: 6),
      observationScales: Array(repeating: 1, count: 8) + Array(repeating: 0.05, count: 9))
    let ours = policy.outputs(parameters, Self.observations).scalars.map { min(max($0, -1), 1) }
    let theirs = try #require(cases.actions[task ?? "none"]).flatMap { $0 }
    #expect(ours.count == 6_000 && theirs.count == 6_000)
    #expect(zip(ours, theirs).allSatisfy { abs($0 - $1) <= 1e-5 })
    // Neither all clipped nor none.
    #expect(ours.contains { abs($0) == 1 } && ours.contains { abs($0) < 0.5 })
  }

  /// A network of another package has parameters, and no graph.
  @Test func aNetworkOfUnknownStepsIsOneLine() throws {
    var model = try model(task: nil, seed: 1)
    model.steps = nil
    let error = #expect(throws: UserError.self) { try ONNXFile.bytes(of: model) }
    #expect(error?.status == .usage && error?.message.hasSuffix("adapt writes its parameters") == true)
  }

  @Test func stepsAreThoseOfThePolicy() throws {
    let model = try model(task: nil, seed: 1)
    let kinds = try #require(model.steps).map { step in
      switch step {
      case .scale: "scale"
      case .product: "product"
      case .sum: "sum"
      case .function(let name): name
      default: "\(step)"
      }
    }
    #expect(kinds == ["scale", "product", "sum", "tanh", "product", "sum", "tanh", "product", "sum"])
    guard case .means(let low, let high, let deviations) = model.result else {
      Issue.record("expected means, found \(model.result)")
      return
    }
    #expect(low == Array(repeating: -1, count: 6) && high == Array(repeating: 1, count: 6))
    #expect(deviations.count == 6 && deviations.allSatisfy { (0.01...1).contains($0) })
    let bytes = try ONNXFile.bytes(of: model)
    #expect(try bytes == ONNXFile.bytes(of: model) && bytes.count > 4 * 5_702)
  }
}
