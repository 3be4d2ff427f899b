import Benchmarks
import Parts
import Runs

extension Study {
  /// Figure 2b of iMAML: the memory and the time of a meta-gradient of the convolutional network, by inner steps.
  static let metaGradientCosts = Study(
    name: "imaml-figure-2b",
    summary: "memory and time of the meta-gradients of MAML, FOMAML and iMAML on images by inner steps",
    source: "Rajeswaran, Finn, Kakade, Levine 2019, figure 2b (in its text: MAML fills 12 GB at about 16 steps)"
  ) { request in
    let study = MetaGradientCostStudy(
      stepCounts: request.isQuick ? [1, 2, 4, 8] : [1, 2, 4, 8, 16, 32, 64], repeats: request.isQuick ? 3 : 5)
    let jobs = MetaGradientCostStudy.Method.allCases.flatMap { method in study.stepCounts.map { (method, $0) } }
    guard let costs = try request.inTurn.map(jobs, { try study.cost(of: $0.0, steps: $0.1) }) else { return nil }
    return study.findings(costs)
  }
}

/// Meta-gradients of one task of generated characters, at the initial parameters of the four-block network.
struct MetaGradientCostStudy: Sendable {
  /// A way to compute a meta-gradient.
  enum Method: String, CaseIterable, Sendable {
    case maml, fomaml, imaml

    var name: String {
      switch self {
      case .maml: "MAML"
      case .fomaml: "FOMAML"
      case .imaml: "iMAML, 5 CG steps"
      }
    }

    /// The settings of the method beside the number of inner steps. iMAML has lambda and the damping of its authors' code,
    /// which keep the matrix positive: a solver that meets negative curvature ends before its last step.
    fileprivate var settings: [String] {
      ["algorithm=\(rawValue)", "inner_rate=0.1"]
        + (self == .imaml
          ? ["cg_steps=5", "regularization=2", "cg_damping=1", "cg_regularization_damping=10"] : [])
    }
  }

  /// What a meta-gradient costs one worker.
  struct Cost: Equatable, Sendable {
    let bytes: Int
    /// The number of floating-point operations.
    let operations: Int
    /// The median of the repeats.
    let seconds: Double
  }

  /// The tasks and the network.
  struct Problem: Sendable {
    var (ways, shots, queries, filters) = (20, 5, 15, 64)
  }

  /// The numbers of inner steps, in ascending order.
  let stepCounts: [Int]
  let repeats: Int
  var problem = Problem()

  /// Measures a meta-gradient through a number of inner steps.
  func cost(of method: Method, steps: Int) throws -> Cost {
    let configuration = try RunConfiguration(
      settings: [
        "task=glyphs", "model=convolutional", "filters=\(problem.filters)", "ways=\(problem.ways)",
        "shots=\(problem.shots)", "queries=\(problem.queries)", "inner_steps=\(steps)",
      ] + method.settings)
    let metaGradient = try MeasuredMetaGradient(configuration, tasks: 1)
    return Cost(
      bytes: metaGradient.workspaceBytes, operations: metaGradient.operationCount,
      seconds: metaGradient.seconds(repeats: repeats).sorted()[repeats / 2])
  }

  /// The tables and the charts of the costs, those of a method one after the other.
  func findings(_ costs: [Cost]) -> StudyResult.Findings {
    func rows(_ cell: (Cost) -> [Double]) -> [StudyResult.Row] {
      Method.allCases.enumerated().map { index, method in
        let own = costs[index * stepCounts.count..<(index + 1) * stepCounts.count]
        return StudyResult.Row(label: method.name, cells: own.map(cell))
      }
    }
    func chart(_ name: String, _ yLabel: String, _ value: (Cost) -> Double) -> StudyResult.Chart {
      StudyResult.Chart(
        name: name, title: "meta-gradient of one task of \(problem.ways) ways and \(problem.shots) shots, four blocks",
        xLabel: "inner steps", yLabel: yLabel,
        curves: rows { [value($0)] }.map { row in
          StudyResult.Curve(title: row.label, x: stepCounts.map(Double.init), y: row.cells.flatMap { $0 })
        })
    }
    let columns = stepCounts.map { $0.counted("step") }
    return StudyResult.Findings(
      preface:
        "a meta-gradient of one task on one thread of a processor: MiB of buffers that its compiled programs hold, and "
        + "ms, the median of \(repeats) after one that is not counted; \(problem.ways) ways, \(problem.shots) shots and "
        + "\(problem.queries) queries of a class of generated characters of 28 x 28 pixels in place of Omniglot's; four blocks "
        + "of \(problem.filters) filters with a stride of 2; losses before and after included; iMAML with lambda 2 and the "
        + "damping of its authors' code",
      tables: [
        StudyResult.Table(
          corner: "MiB / ms", columns: columns, rows: rows { [Self.mebibytes($0), 1_000 * $0.seconds] }),
        StudyResult.Table(
          corner: "10^9 floating-point operations", columns: columns, rows: rows { [1e-9 * Double($0.operations)] }),
      ],
      charts: [
        chart("memory-against-steps", "MiB", Self.mebibytes), chart("time-against-steps", "ms") { 1_000 * $0.seconds },
      ])
  }

  private static func mebibytes(_ cost: Cost) -> Double { Double(cost.bytes) / 1_048_576 }
}
