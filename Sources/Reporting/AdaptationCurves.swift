public import Evaluation
public import Parts

/// The scores of runs after 0, 1, ... inner steps, for a chart and for tables.
public struct AdaptationCurves: Sendable {
  private let runs: [ReportedRun]
  private let scores: AdaptationScores

  /// Creates the curves of runs.
  /// - Parameters:
  ///   - runs: what tells the runs apart.
  ///   - scores: those of the same runs in the same order.
  public init(_ runs: [ReportedRun], _ scores: AdaptationScores) {
    precondition(runs.count == scores.runs.count, "\(scores.runs.count) scores of \(runs.count) runs")
    (self.runs, self.scores) = (runs, scores)
  }

  /// The chart: runs that differ in their seeds only are one line, others are lines of their own.
  /// - Parameter band: what is shown around a mean: over seeds and tasks or, of one run, over tasks alone.
  /// - Throws: `UserError` where a score is not finite.
  public func chart(band: ChartBand) throws(UserError) -> CurveChart {
    let groups = RunGroups(runs) { members in
      Set(members.map { scores.runs[$0].steps.count }).count == 1
        && Set(members.map { scores.runs[$0].iteration }).count == 1
    }
    let counts = Set(groups.groups.map(\.members.count))
    var lines: [CurveChart.Line] = []
    for (color, group) in groups.groups.enumerated() {
      let name = groups.name(of: group)
      let count = group.members.count
      let seeds = counts.count > 1 ? " (\(count.counted("seed")))" : ""
      let points = try scores.points(of: group.members, spread: band.spread)
      lines.append(
        CurveChart.Line(
          title: (name.isEmpty ? groups.algorithms[0] : name) + seeds, color: color, shade: 0,
          points: points.map { (Double($0.k), $0.mean, $0.low ?? $0.mean, $0.high ?? $0.mean) }, seeds: count))
    }
    return CurveChart(
      title: "\(groups.title): mean\(band.phrase) \(Self.sample(counts, band))",
      xLabel: "inner steps on a held-out task", yLabel: CurveChart.measure(of: scores.measure), lines: lines,
      countsX: true)
  }

  /// Returns what a mean and its band are over.
  private static func sample(_ counts: Set<Int>, _ band: ChartBand) -> String {
    let most = counts.max() ?? 1
    let seeds = counts.count == 1 ? "\(most) seeds" : "seeds"
    switch band {
    case _ where most == 1: return "over tasks, of one seed"
    case .interval: return "over \(seeds) and tasks" + (counts.contains(1) ? "; of 1 seed, over tasks" : "")
    case .range, .standardError: return "over \(seeds)" + (counts.contains(1) ? "; of 1 seed, over tasks" : "")
    case .none: return "over \(seeds) and tasks"
    }
  }

  /// Returns one line for each run and number of steps: run, task, algorithm, seed, the keys that differ as `config.KEY`,
  /// then the iteration of the checkpoint, the seed of the tasks, their number, the measure, k, and the mean with its 95%
  /// interval over tasks, which is empty where there is none.
  /// - Throws: `UserError` for a name that a line cannot hold.
  public func csv() throws(UserError) -> String {
    let names = RunNames(runs)
    var lines = [
      try names.header([
        "iteration", "evaluation_seed", "tasks", "measure", "k", "mean", "low", "high",
      ])
    ]
    for (run, own) in zip(runs, scores.runs) {
      let fields = try names.fields(of: run)
      for step in own.steps {
        let numbers = [step.mean, step.low, step.high].map { $0?.shortText ?? "" }
        lines.append(
          ([
            fields, String(own.iteration), String(scores.evaluationSeed), String(step.values.count), scores.measure,
            String(step.k),
          ] + numbers).joined(separator: ","))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Returns an array with an object for each run: what the lines of `csv` have, with the steps as an array.
  /// - Throws: `UserError` where a score is not finite.
  public func json() throws(UserError) -> String {
    try RunNames(runs).json(
      of: zip(runs, scores.runs).map { run, own in
        let steps = own.steps.map { Entry.Step(k: $0.k, mean: $0.mean, low: $0.low, high: $0.high) }
        return (
          run,
          Entry(
            iteration: own.iteration, evaluationSeed: scores.evaluationSeed, tasks: own.steps[0].values.count,
            measure: scores.measure, steps: steps)
        )
      })
  }

  private struct Entry: Encodable {
    struct Step: Encodable {
      var k: Int
      var mean: Double
      var low, high: Double?

      enum CodingKeys: CodingKey { case k, mean, low, high }

      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(k, forKey: .k)
        try container.encode(mean, forKey: .mean)
        // No interval is null, as in evaluation.json.
        try container.encode(low, forKey: .low)
        try container.encode(high, forKey: .high)
      }
    }

    var iteration, evaluationSeed, tasks: Int
    var measure: String
    var steps: [Step]

    enum CodingKeys: String, CodingKey {
      case iteration, tasks, measure, steps
      case evaluationSeed = "evaluation_seed"
    }
  }
}
