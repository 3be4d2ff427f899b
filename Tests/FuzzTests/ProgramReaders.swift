import Environments
import Foundation
@testable import MetaRLCommand
import NeuralNetworks
import Parts
@testable import Runs
@testable import Training

/// The readers of runs, robots and command lines.
extension FuzzedReader {
  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// Reads, where a fault must be a `UserError` of one line.
  private static func verdict(_ body: () throws -> Void) throws -> Verdict {
    do {
      try body()
      return .taken
    } catch let error as UserError {
      if error.message.isEmpty || error.message.contains(where: \.isNewline) {
        throw Violation(description: "a fault of no line, or of several: '\(error.message)'")
      }
      return .refused
    }
  }

  /// What is accepted reads back from what is written of it.
  static let configuration = FuzzedReader(
    name: "configuration",
    seeds: ["cheetah-dir", "sinusoid", "linear-classification"].map { task in
      let setting = ConfigurationSetting(key: "task", text: .scalar(task), origin: .set)
      let configuration = try? RunConfiguration(settings: [setting], catalog: .standard)
      return bytes(configuration.map(ConfigurationFile.text) ?? "task: \(task)\n")
    } + [bytes("task: cheetah-dir\nhidden_sizes: [8, 8]\nmodel: &a \"x\\u00e9\"\n")],
    tokens: [
      "{", "}", "[", "]", ": ", "- ", "&a ", "*a", "!!int ", "!!binary ", "| ", "> ", "---\n", "...\n", "# ", "\"", "'",
      "<<: ", "\\u0000", "\u{FEFF}", "\u{2028}", "task: ", "seed: 1\n", "?", "%YAML 1.1\n", "\t",
    ],
    read: { bytes in
      try verdict {
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        let settings = try ConfigurationFile.settings(in: text, path: "fuzz.yaml")
        let configuration = try RunConfiguration(settings: settings, catalog: .standard)
        let again = try RunConfiguration(
          settings: ConfigurationFile.settings(in: ConfigurationFile.text(of: configuration), path: "again.yaml"),
          catalog: .standard)
        guard again == configuration else { throw Violation(description: "does not read back: \(configuration)") }
      }
    })

  /// Contents that are accepted have the checksum that their file names, and so are those that were written.
  static let checkpoint = FuzzedReader(
    name: "checkpoint",
    seeds: [[], [3], [2, 2]].map { shape in
      let count = shape.reduce(1, *)
      let contents = CheckpointContents(
        tensors: [
          NamedArray(name: "weights", shape: shape, values: (0..<count).map(Float.init)),
          NamedArray(name: "none", shape: [0, 2], values: []),
        ], metadata: ["optimizer.step": "3", "config.seed": "1"])
      return (try? Safetensors.encode(contents)) ?? []
    },
    tokens: [
      "\"weights\"", "\"shape\":", "\"data_offsets\":", "[", "]", "{", "}", ",", "\"dtype\":\"F32\"",
      "\"__metadata__\":",
      "\"\\u0000\"", "null", "[0,0]", "\"\"",
    ],
    read: { bytes in
      let store = try verdict { _ = try CheckpointStore.decode(bytes, path: "fuzz.safetensors") }
      if store == .taken { throw Violation(description: "a file without a checksum was taken for a checkpoint") }
      return try verdict {
        let contents = try Safetensors.decode(bytes, path: "fuzz.safetensors")
        let again = try Safetensors.decode(Safetensors.encode(contents), path: "again.safetensors")
        guard again.fingerprint == contents.fingerprint else {
          throw Violation(description: "does not read back: \(contents)")
        }
      }
    })

  /// A cell that is accepted reads back from what is written of it.
  static let cell = FuzzedReader(
    name: "cell",
    seeds: [
      #"{"blocks": ["conv3x3(before) + max3x3(last)", "identity(last) + sep5x5(block1)"]}"#,
      #"{"blocks": ["mean3x3(last) + mean3x3(last)"]}"#,
    ].map(bytes),
    tokens: [
      "\"blocks\"", "[", "]", "{", "}", ",", "\"", "conv5x5", "(", ")", "before", "last", "block2", " + ", "identity",
      "block9", "null", "\\u0000",
    ],
    read: { bytes in
      try verdict {
        let cell = try Cell(json: bytes, path: "fuzz.json")
        guard try Cell(json: cell.json, path: "again.json") == cell else {
          throw Violation(description: "does not read back: \(cell)")
        }
      }
    })

  /// A robot that is accepted can be simulated.
  static let robot = FuzzedReader(
    name: "robot",
    seeds: [
      """
      <mujoco model="one"><compiler angle="radian"/><option timestep="0.01" gravity="0 0 -9.81"/>
      <default><geom friction=".4 .1 .1"/></default>
      <worldbody><geom name="floor" type="plane" size="40 40 40" pos="0 0 0"/>
      <body name="torso" pos="0 0 .7"><joint name="x" type="slide" axis="1 0 0"/>
      <joint name="z" type="slide" axis="0 0 1"/>
      <joint name="y" type="hinge" axis="0 1 0"/><geom type="capsule" fromto="-.5 0 0 .5 0 0" size="0.046"/>
      <body name="leg" pos="-.5 0 0"><joint name="hip" type="hinge" axis="0 1 0" damping="6" stiffness="240"
      range="-.52 1.05" armature=".1"/>
      <geom type="capsule" size="0.046 .145" pos=".1 0 -.13" axisangle="0 1 0 -3.8"/></body>
      </body></worldbody>
      <actuator><motor name="hip" joint="hip" gear="120" ctrlrange="-1 1" ctrllimited="true"/></actuator></mujoco>
      """
    ].map(bytes),
    tokens: [
      "<body>", "</body>", "<geom ", "<joint ", "/>", "<!ENTITY a \"b\">", "&lt;", "&a;", "<!--", "-->", "<![CDATA[",
      "]]>",
      "<?xml version=\"1.0\"?>", "name=\"\"", "=\"", " ", "size=\"0.046\"", "<mujoco>", "\u{0}", "é",
    ],
    read: { bytes in
      do {
        let model = try RobotModel(mjcf: Data(bytes), file: "fuzz.xml")
        for physics in PhysicsKind.engines {
          do {
            var family = CheetahDirectionFamily()
            family.physics = physics
            _ = try family.makeEnvironment(model, count: 1)
          } catch is UnsupportedRobotError {}
        }
        return .taken
      } catch let error as ModelError {
        // Each fault of a file is a line.
        let lines = error.description.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        if lines.count != 1 + error.others.count { throw Violation(description: error.description) }
        return .refused
      }
    })

  /// A table that is accepted reads back with the same numbers.
  static let metrics = FuzzedReader(
    name: "metrics",
    seeds: ["iteration,loss,seconds\n1,0.5,1e-3\n2,nan,7\n", "iteration\n", "iteration,a\n1,-0\n"].map(bytes),
    tokens: [",", "\n", "\r\n", "iteration", "loss", "\"", ",,", " "],
    read: { bytes in
      try verdict {
        let table = try MetricsTable(bytes: bytes, path: "fuzz.csv")
        let again = try MetricsTable(bytes: Array(table.text.utf8), path: "again.csv")
        let isSame = zip(table.rows, again.rows).allSatisfy {
          $0.elementsEqual($1) { $0 == $1 || $0.isNaN && $1.isNaN }
        }
        guard isSame, table.rows.count == again.rows.count, table.columns == again.columns else {
          throw Violation(description: "does not read back: \(table)")
        }
      }
    })

  static let hashes = FuzzedReader(
    name: "hashes",
    seeds: [
      "iteration,parameters,metrics,kernels\n1,0123456789abcdef,fedcba9876543210,v4+Haswell\n"
        + "2,0123456789abcdef,fedcba9876543210,v4+Haswell\n"
    ].map(bytes),
    tokens: [",", "\n", "0123456789abcdef", "iteration", "+"],
    read: { bytes in try verdict { _ = try IterationHashes(bytes: bytes, path: "fuzz.csv") } })

  /// Arguments, a line each: parsed, and read into the values that a command runs with.
  static let commandLine = FuzzedReader(
    name: "command-line",
    seeds: [
      ["train", "--task", "sinusoid", "--seed", "3", "--set", "inner_rate=0.5", "--iterations", "7"],
      ["train", "--task", "cheetah-dir", "--set", "hidden_sizes=[3, 4]", "--workers", "2", "--physics", "lanes"],
      ["evaluate", "a", "b", "--tasks", "5", "--steps", "3", "--seed", "1", "--json"], ["list", "tasks", "--json"],
      ["export", "a", "--format", "csv", "--curve", "loss"], ["replay", "a", "--iterations", "3"], ["bench", "--list"],
    ].map { bytes($0.joined(separator: "\n")) },
    tokens: [
      "\n", "--task\n", "--set\n", "--seed\n", "=", "-", "--", "--help", "\n--\n", "[", "]", ",", "--json", "\u{0}",
      "é",
      "help", "--config=",
    ],
    read: { bytes in
      let arguments = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      do {
        let command = try RootCommand.parse(arguments.map(String.init))
        switch command {
        // A file is read by other readers.
        case let train as Train where train.options.configs.isEmpty && train.options.initial == nil:
          _ = try RunConfiguration(settings: train.settings(), catalog: .standard)
        case let evaluate as Evaluate: _ = try evaluate.options()
        default: break
        }
        return .taken
      } catch {
        if case .fault(let line, _) = RootCommand.ending(by: error), line.isEmpty || line.contains(where: \.isNewline) {
          throw Violation(description: "a fault of no line, or of several: '\(line)'")
        }
        return .refused
      }
    })
}
