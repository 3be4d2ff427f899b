import Foundation
import Parts
public import Reporting
import Runs
import Training
import Workers

/// A figure that is measured within minutes, without folders of runs: what is computed is compared with what is known exactly,
/// or timed, or drawn of a short training.
public struct Study: Sendable {
  /// The name, as the user writes it.
  public let name: String
  /// A one-line summary.
  public let summary: String
  /// The paper, with the figure.
  public let source: String
  private let measure: @Sendable (Request) throws -> StudyResult.Findings?

  /// Every study, in the order in which they are listed.
  public static let all = [
    estimators, implicitGradients, metaGradientCosts, sinusoidPredictions, sparseRecovery, linearClassificationLimit,
  ]

  init(
    name: String, summary: String, source: String,
    measure: @escaping @Sendable (Request) throws -> StudyResult.Findings?
  ) {
    self.name = name
    self.summary = summary
    self.source = source
    self.measure = measure
  }

  /// How a study is to be made.
  public struct Request: Sendable {
    /// Whether to make a small share of the repeats.
    let isQuick: Bool
    private var workers: Int
    /// Whether to end the work, which long jobs ask on their way.
    let shouldStop: @Sendable () -> Bool
    private let report: @Sendable (_ done: Int, _ all: Int) -> Void

    /// - Parameters:
    ///   - isQuick: whether to make a small share of the repeats.
    ///   - workers: the number of threads.
    ///   - shouldStop: whether to end the work.
    ///   - report: receives the number of finished points and that of all.
    public init(
      isQuick: Bool, workers: Int, shouldStop: @escaping @Sendable () -> Bool,
      report: @escaping @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) {
      self.isQuick = isQuick
      self.workers = workers
      self.shouldStop = shouldStop
      self.report = report
    }

    /// The request with jobs one after another: times of jobs that run side by side would be those of a shared processor.
    var inTurn: Request {
      var request = self
      request.workers = 1
      return request
    }

    /// Returns the result of each job; nil where `shouldStop` ended the work first.
    /// - Parameter body: does a job, and returns nil where `shouldStop` ended it.
    func map<Job: Sendable, Result: Sendable>(
      _ jobs: [Job], _ body: @escaping @Sendable (Job) throws -> Result?
    ) throws -> [Result]? {
      let (done, shouldStop, report) = (Locked(0), shouldStop, report)
      // Several at a time, no job shares its work with other ranks.
      let found: [Result?] = try WorkerPool(count: workers).map(jobs: jobs.count) {
        number, _ in
        guard !shouldStop(), let result = try RankLeader.$current.withValue(nil, operation: { try body(jobs[number]) })
        else { return nil }
        report(
          done.withLock { count in
            count += 1
            return count
          }, jobs.count)
        return result
      }
      let finished = found.compactMap { $0 }
      return finished.count == jobs.count ? finished : nil
    }
  }

  /// Makes the study.
  /// - Returns: nil where the request ended the work first.
  public func run(_ request: Request) throws -> StudyResult? {
    let start = ContinuousClock.now
    return try measure(request).map { findings in
      StudyResult(
        name: name, findings: findings, isQuick: request.isQuick, seconds: (ContinuousClock.now - start) / .seconds(1),
        program: ProgramVersion.text, machine: Machine.description)
    }
  }

  /// The result that comes with the program; nil where there is none.
  public var stored: StudyResult? { StoredResults.result(named: name, as: StudyResult.self) }

  /// Returns what a page says of the study, whose result may be missing.
  public func page(_ result: StudyResult?) -> ReportPage.Result {
    ReportPage.Result(
      name: name, summary: summary, command: "metarl reproduce \(name)",
      facts: ["\(source)."]
        + (result.map { result in
          [
            "\(result.findings.preface).",
            "It took \(Int(result.seconds.rounded(.up))) s; \(result.machine); metarl \(result.program).",
          ]
        } ?? ["No result comes with the program yet."]),
      tables: (result?.findings.tables ?? []).map { table in
        ReportPage.Result.Table(
          corner: table.corner, columns: table.columns, rows: table.rows.map { ($0.label, $0.texts) })
      },
      charts: result?.findings.charts.map(CurveChart.init) ?? [])
  }
}

extension RunConfiguration {
  /// Creates the configuration of a run from texts "key=value".
  init(settings texts: [String], catalog: Catalog = .standard) throws(UserError) {
    var settings: [ConfigurationSetting] = []
    for text in texts { settings.append(try ConfigurationSetting(argument: text)) }
    try self.init(settings: settings, catalog: catalog)
  }
}

/// What a study found, by which program and machine.
public struct StudyResult: Codable, Equatable, Sendable {
  /// A table of numbers.
  struct Table: Codable, Equatable, Sendable {
    /// What a cell's numbers are.
    var corner: String
    var columns: [String]
    var rows: [Row]

    /// The table as Markdown.
    var markdown: String {
      var lines = ["| \(corner) | " + columns.joined(separator: " | ") + " |"]
      lines.append("|---" + String(repeating: "|---", count: columns.count) + "|")
      for row in rows { lines.append("| \(row.label) | " + row.texts.joined(separator: " | ") + " |") }
      return lines.joined(separator: "\n")
    }
  }

  /// A line of a table, whose cells have one or more numbers each.
  struct Row: Codable, Equatable, Sendable {
    var label: String
    var cells: [[Double]]

    /// The texts of the cells.
    var texts: [String] { cells.map { $0.map(Self.text).joined(separator: " / ") } }

    /// A number with two decimals, without any from 1,000 on, or with two digits where that would show nothing of it or
    /// too much.
    private static func text(_ value: Double) -> String {
      let format =
        switch abs(value) {
        case 0, 0.005..<1_000: "%.2f"
        case 1_000..<1_000_000: "%.0f"
        default: "%.1e"
        }
      return String(format: format, value)
    }
  }

  /// A curve of a chart.
  struct Curve: Codable, Equatable, Sendable {
    var title: String
    var x, y: [Double]
  }

  /// A chart.
  struct Chart: Codable, Equatable, Sendable {
    /// The name of its file.
    var name: String
    var title, xLabel, yLabel: String
    var curves: [Curve]
  }

  /// What was found.
  struct Findings: Codable, Equatable, Sendable {
    /// What the tables are of, in a line.
    var preface: String
    var tables: [Table]
    var charts: [Chart]
  }

  let name: String
  let findings: Findings
  let isQuick: Bool
  /// The time in seconds, by the clock.
  let seconds: Double
  let program: String
  let machine: String

  /// The preface and the tables as text.
  public var text: String { ([findings.preface] + findings.tables.map(\.markdown)).joined(separator: "\n\n") }

  /// The charts with the names of their files.
  public var charts: [(name: String, chart: CurveChart)] { findings.charts.map { ($0.name, CurveChart($0)) } }
}

extension CurveChart {
  /// Creates the chart of a study.
  init(_ chart: StudyResult.Chart) {
    self.init(
      title: chart.title, xLabel: chart.xLabel, yLabel: chart.yLabel,
      curves: chart.curves.map { curve in
        Curve(title: curve.title, points: zip(curve.x, curve.y).map { Curve.Point(x: $0, mean: $1) })
      })
  }
}
