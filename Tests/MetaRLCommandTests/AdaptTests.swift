import Foundation
import Runs
import Testing

/// `metarl adapt`, and the run that comes with the program.
@Suite struct AdaptTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func run(_ arguments: [String]) throws -> RunningProgram.Result {
    // The files of the run go into a cache of the test's own.
    try RunningProgram.run(arguments, in: scratch.path, shell: "export XDG_CACHE_HOME=\"$PWD/cache\"")
  }

  private func policy(_ name: String) throws -> CheckpointContents {
    try Safetensors.decode(Array(scratch.data(name)), path: name)
  }

  private func list<Value: Decodable>(_ name: String, of policy: CheckpointContents) throws -> [Value] {
    try JSONDecoder().decode([Value].self, from: Data(try #require(policy.metadata[name]).utf8))
  }

  @Test func aPolicyCarriesWhatItNeeds() throws {
    let adapted = try run([
      "adapt", "pretrained:cheetah-dir", "--task", "backward", "--seed", "5", "--output", "p.safetensors",
    ])
    #expect(adapted.status == 0 && adapted.errors.isEmpty, "\(adapted)")
    #expect(adapted.output.contains("adapted to backward by 1 step\n"))
    let policy = try policy("p.safetensors")
    #expect(
      policy.tensors.map(\.name) == [
        "hidden1.weight", "hidden1.bias", "hidden2.weight", "hidden2.bias", "output.weight", "output.bias",
        "log_standard_deviation",
      ])
    #expect(policy.tensors[0].shape == [17, 64])
    let scales: [Double] = try list("observation.scales", of: policy)
    #expect(scales == Array(repeating: 1, count: 8) + Array(repeating: 0.05, count: 9))
    let names: [String] = try list("action.names", of: policy)
    #expect(names.count == 6 && names[0] == "torque of bthigh")
    let (low, high): ([Double], [Double]) = (try list("action.low", of: policy), try list("action.high", of: policy))
    #expect(low == Array(repeating: -1, count: 6) && high == Array(repeating: 1, count: 6))
    #expect(policy.metadata["family"] == "cheetah-dir" && policy.metadata["task"] == "backward")
    #expect(policy.metadata["config.activation"] == "tanh" && policy.metadata["inner_steps"] == "1")
    // The same again, to the bit; another task and no step are others. mlsr adapts the output layer alone.
    _ = try run(["adapt", "pretrained:cheetah-dir", "--task", "backward", "--seed", "5", "--output", "q.safetensors"])
    #expect(try scratch.data("p.safetensors") == scratch.data("q.safetensors"))
    _ = try run(["adapt", "pretrained:cheetah-dir", "--task", "forward", "--seed", "5", "--output", "f.safetensors"])
    _ = try run(["adapt", "pretrained:cheetah-dir", "--steps", "0", "--output", "u.safetensors"])
    let (forward, unadapted) = (try self.policy("f.safetensors"), try self.policy("u.safetensors"))
    for (index, tensor) in policy.tensors.enumerated() {
      let isAdapted = tensor.name.hasPrefix("output")
      #expect((tensor != unadapted.tensors[index]) == isAdapted && (tensor != forward.tensors[index]) == isAdapted)
    }
  }

  /// What comes with the program has learned: it runs where it is told to, after one step on a seed of its own.
  @Test func thePretrainedRunAdapts() throws {
    let result = try run([
      "evaluate", "pretrained:cheetah-dir", "--tasks", "2", "--seed", "11", "--json", "--output", "e.json",
    ])
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    // Nobody has asked what evaluation the cache keeps.
    let again = try run(["evaluate", "pretrained:cheetah-dir", "--tasks", "1", "--seed", "12"])
    #expect(again.status == 0 && again.errors.isEmpty && again.output.contains("on 1 fresh adaptation for each of"))
    let object = try JSONSerialization.jsonObject(with: scratch.data("e.json")) as? [String: Any]
    let steps = try #require(object?["steps"] as? [[String: Any]])
    let groups = try #require(steps[1]["groups"] as? [String: Any])
    for direction in ["forward", "backward"] {
      #expect(try #require((groups[direction] as? [String: Any])?["mean"] as? Double) > 300)
    }
    #expect(try #require(steps[0]["mean"] as? Double) < 60)
  }

  @Test func aSupervisedModelAdaptsAndLeaves() throws {
    let train = ["train", "--task", "sinusoid", "--iterations", "2", "--run", "r", "--set", "hidden_sizes=[4]"]
    #expect(try run(train).status == 0)
    let adapted = try run(["adapt", "r", "--task", "3", "--steps", "2", "--output", "m.safetensors"])
    #expect(adapted.status == 0 && adapted.output.contains("13 numbers, adapted to task 3 by 2 steps"), "\(adapted)")
    let model = try policy("m.safetensors")
    #expect(model.metadata["output.kind"] == "regression: outputs are predictions")
    let exported = try run(["export", "r", "--task", "3", "--steps", "2", "--output", "m.onnx"])
    #expect(exported.status == 0 && exported.errors.isEmpty)
    #expect(exported.output == "m.onnx: model of maml on sinusoid, adapted to task 3 by 2 steps\n")
    let plain = try run(["export", "r", "--output", "n.onnx"])
    #expect(plain.output == "n.onnx: model of maml on sinusoid, before adaptation\n")
    #expect(try run(["export", "r", "--output", "t.csv"]).output == "t.csv: table of 1 run\n")
    #expect(try scratch.data("m.onnx").range(of: Data("prediction".utf8)) != nil)
  }

  /// By the evaluation in the run's folder, and by a new one where there is none.
  @Test func theScoreByInnerStepsIsExported() throws {
    let train = ["train", "--task", "sinusoid", "--iterations", "2", "--set", "hidden_sizes=[4]"]
    #expect(try run(train + ["--run", "a"]).status == 0 && run(train + ["--run", "b", "--seed", "2"]).status == 0)
    #expect(try run(["evaluate", "a", "--tasks", "5", "--steps", "2"]).status == 0)
    let table = try run(["export", "a", "b", "--adaptation", "--format", "csv"])
    #expect(table.status == 0 && table.errors == ["metarl: evaluating b"], "\(table)")
    let lines = table.output.split(separator: "\n")
    #expect(lines.count == 7 && lines[0].hasSuffix("measure,k,mean,low,high"))
    #expect(lines.dropFirst().allSatisfy { $0.contains(",sinusoid,maml,") && $0.contains(",5,loss,") })
    let again = try run(["export", "a", "b", "--adaptation", "--steps", "1", "--format", "csv"])
    #expect(again.errors.isEmpty && again.output.split(separator: "\n").count == 5)
  }

  @Test func misuseIsOneLine() throws {
    let train = ["train", "--task", "sinusoid", "--iterations", "1", "--run", "s", "--set", "hidden_sizes=[4]"]
    #expect(try run(train).status == 0)
    for (arguments, status, text) in [
      (["adapt", "pretrained:cheetah", "--output", "a"], 66, "pretrained:cheetah-dir"),
      (
        ["export", "pretrained:cheetah-dir", "--output", "a.csv"], 66,
        "pretrained:cheetah-dir: expected the metrics of a training, found a run that comes with the program, which has none; "
          + "--adaptation has its scores by inner steps, and a run of train has metrics"
      ),
      (["adapt", "pretrained:cheetah-dir", "--task", "up", "--output", "a"], 64, "forward, backward"),
      (["export", "s", "--band", "none", "--format", "csv"], 64, "--band: expected only with charts"),
      (["export", "s", "--adaptation", "--format", "onnx"], 64, "--adaptation: expected only with tables and charts"),
      (["export", "s", "--adaptation", "--curve", "loss", "--format", "csv"], 64, "--curve: expected only without"),
      (
        ["export", "s", "--adaptation", "--task", "1", "--format", "csv"], 64,
        "--task: expected only with --format onnx"
      ),
      (["export", "s", "--steps", "1", "--format", "csv"], 64, "--steps: expected only with --format onnx"),
      (["export", "s", "--steps", "1", "--format", "onnx"], 64, "--steps: expected only with --task"),
      (["export", "s", "--task", "x", "--format", "onnx"], 64, "from 1 to 10000"),
      (["train", "--resume", "pretrained:cheetah-dir"], 66, "pretrained:cheetah-dir"),
    ] as [([String], Int32, String)] {
      let result = try run(arguments)
      #expect(result.status == status && result.errors.count == 1, "\(arguments): \(result)")
      #expect(result.errors.first?.contains(text) == true, "\(arguments): \(result.errors)")
    }
  }
}
