import CEmbedded
import Evaluation
import Foundation
public import Parts
public import Runs
public import Scenes

/// A page that shows runs: one file of HTML that asks nothing of the network.
public struct ReportPage: Sendable {
  /// One run of a page.
  public struct Run: Sendable {
    fileprivate var content: Content.Run
    fileprivate let folder: RunFolder
    fileprivate let reported: ReportedRun
    /// The table of the run; nil where it has none yet.
    fileprivate let curves: RunCurves?

    /// Reads what a run's folder has; it may still be training.
    /// - Parameters:
    ///   - folder: the folder of the run.
    ///   - films: the films of the run; none where nothing moves.
    ///   - stills: other pictures of what it has learned.
    ///   - catalog: the parts that a run may name.
    /// - Throws: `UserError` where the folder is not a run's, or its files are damaged.
    public init(_ folder: RunFolder, films: [AdaptationFilm] = [], stills: [Still] = [], catalog: Catalog)
      throws(UserError)
    {
      let configuration = try folder.configuration(catalog: catalog)
      let standard = configuration.standard(catalog)
      curves = try RunCurves(ifAnyOf: folder, catalog: catalog)
      self.folder = folder
      reported = try ReportedRun(folder, catalog: catalog)
      let whole = curves?.metrics
      func last(_ column: String) -> Double? { whole?.column(column)?.last }
      let hashes = StoredFile.exists(folder.hashesPath) ? try? IterationHashes(path: folder.hashesPath) : nil
      content = Content.Run(
        name: folder.path, label: "\(configuration.algorithmName), seed \(configuration.run.seed)",
        algorithm: configuration.algorithmName, task: configuration.taskName, seed: configuration.run.seed,
        iteration: last("iteration"), environmentSteps: last("environment_steps"),
        hash: hashes?.rows.last?.parameters.description,
        settings: configuration.entries.map { entry in
          let (value, usual) = (configuration[entry.key.name], standard[entry.key.name])
          return Content.Setting(
            key: entry.key.name, value: value?.description ?? "", standard: usual?.description ?? "",
            comment: entry.key.comment, departs: value != usual)
        },
        films: films.map(Content.Film.init), stills: stills)
    }
  }

  /// A picture that does not move.
  public struct Still: Encodable, Sendable {
    private let title: String
    /// An address that has the picture in itself.
    private let address: String

    /// Creates a still from the bytes of an SVG.
    public init(title: String, svg: [UInt8]) {
      self.title = title
      address = "data:image/svg+xml;base64,\(Data(svg).base64EncodedString())"
    }
  }

  /// What was reproduced of one table or figure.
  public struct Result: Encodable, Sendable {
    private let name: String
    private let summary: String
    private let command: String
    private let facts: [String]
    private let tables: [Table]
    private let charts: [Chart]

    /// A table of texts.
    public struct Table: Encodable, Sendable {
      private struct Row: Encodable {
        var label: String
        var cells: [String]
      }

      private let corner: String
      private let columns: [String]
      private let rows: [Row]

      /// Creates a table.
      /// - Parameters:
      ///   - corner: what is over the labels of the lines.
      ///   - columns: the headings of the columns.
      ///   - rows: the lines, each with a cell for each column.
      public init(corner: String = "", columns: [String], rows: [(label: String, cells: [String])]) {
        (self.corner, self.columns) = (corner, columns)
        self.rows = rows.map { Row(label: $0.label, cells: $0.cells) }
      }
    }

    private struct Chart: Encodable {
      struct Line: Encodable {
        var name: String
        var xs, ys: [Double]
        var lows, highs: [Double]?
        var color: Int
        var dashed: String?
      }

      var title: String
      var xLabel, yLabel: String
      var lines: [Line]

      init(_ chart: CurveChart) {
        (title, xLabel, yLabel) = (chart.title, chart.xLabel, chart.yLabel)
        lines = chart.lines.map { line in
          Line(
            name: line.title, xs: line.points.map(\.x), ys: line.points.map(\.mean),
            lows: line.hasBand ? line.points.map(\.low) : nil, highs: line.hasBand ? line.points.map(\.high) : nil,
            color: line.color, dashed: line.shade > 0 ? "5 4" : nil)
        }
      }
    }

    /// Creates a result.
    /// - Parameters:
    ///   - name: the name by which the user asks for it.
    ///   - summary: what it shows.
    ///   - command: the command that makes it anew.
    ///   - facts: what is said of it, a paragraph each: the source, the measure, the time, and what departs from the source.
    ///   - tables: the tables, of which there may be none.
    ///   - charts: what is drawn below the tables.
    public init(
      name: String, summary: String, command: String, facts: [String], tables: [Table], charts: [CurveChart]
    ) {
      self.name = name
      self.summary = summary
      self.command = command
      self.facts = facts
      self.tables = tables
      self.charts = charts.map(Chart.init)
    }
  }

  private static let mostRows = 600

  private let content: Content

  /// Creates a page.
  /// - Parameters:
  ///   - runs: the runs of the page.
  ///   - catalog: the parts that a run may name.
  ///   - comparison: the object of a comparison of the runs, as `metarl compare --json` prints it; nil for none.
  ///   - made: when and by what the page was made, in words.
  ///   - reloadSeconds: the time after which the page loads itself anew; nil where it stays.
  ///   - warn: receives a line for each evaluation that is not shown, or is older than its run.
  /// - Throws: `UserError` where the scores of seeds cannot be taken together.
  public init(
    of runs: [Run], catalog: Catalog, comparison: String? = nil, made: String, reloadSeconds: Int? = nil,
    warn: (String) -> Void = { _ in }
  ) throws(UserError) {
    var shown = runs.map(\.content)
    // Runs of one algorithm and one seed are told apart by their folders.
    for index in shown.indices where runs.count(where: { $0.content.label == shown[index].label }) > 1 {
      shown[index].label = shown[index].name
    }
    let tasks = Set(shown.map(\.task)).sorted().joined(separator: ", ")
    let algorithms = Set(shown.map(\.algorithm)).sorted().joined(separator: ", ")
    let (groups, axis) = Self.groups(of: runs)
    content = Content(
      title: "\(algorithms) on \(tasks)", made: made, runs: shown, axis: axis,
      groups: try groups.groups.map { group throws(UserError) in
        try Self.content(of: group, named: groups.fullName(of: group), runs, catalog: catalog, warn: warn)
      },
      comparison: comparison.flatMap { try? JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) },
      reloadSeconds: reloadSeconds)
  }

  /// Groups runs by what differs apart from their seeds, and chooses the axis of their curves: environment steps, unless the
  /// seeds of one experiment have made other numbers of them.
  private static func groups(of runs: [Run]) -> (groups: RunGroups, axis: String) {
    func groups(by axis: String) -> RunGroups {
      RunGroups(runs.map(\.reported)) { JoinedCurves.haveCommonAxis($0.compactMap { runs[$0].curves }, axis) }
    }
    let byIteration = groups(by: "iteration")
    let steps = "environment_steps"
    guard runs.allSatisfy({ $0.curves?.metrics.columns.contains(steps) ?? true }) else {
      return (byIteration, "iteration")
    }
    let bySteps = groups(by: steps)
    return bySteps.groups.count == byIteration.groups.count ? (bySteps, steps) : (byIteration, "iteration")
  }

  /// Returns the curves and the evaluations of the seeds of one experiment.
  private static func content(
    of group: RunGroups.Group, named label: String, _ runs: [Run], catalog: Catalog, warn: (String) -> Void
  ) throws(UserError) -> Content.Group {
    let members = group.members.map { runs[$0] }
    let evaluations = try ShownEvaluation.all(of: members.map(\.folder), catalog: catalog, warn: warn)
    var content = Content.Group(
      label: label, seeds: members.count, window: 1, columns: [], rows: [], lows: nil, highs: nil,
      evaluations: evaluations.map { evaluation in
        let isOfAll = evaluation.runs.count == members.count
        return Content.Evaluation(
          label: isOfAll ? label : evaluation.runs.map { members[$0].content.name }.joined(separator: ", "),
          report: evaluation)
      })
    let curves = members.compactMap(\.curves)
    guard !curves.isEmpty else { return content }
    let longest = curves.map(\.metrics.rows.count).max() ?? 0
    content.window = max(1, (longest + mostRows - 1) / mostRows)
    let joined = JoinedCurves(curves.map { $0.smoothed(over: content.window) })
    content.columns = joined.columns
    let places = ["iteration", "environment_steps"]
    let values = joined.columns.map { name in
      places.contains(name)
        ? joined.axis(name).map { JoinedCurves.Value(mean: $0) } : joined.values(of: name, band: .interval)
    }
    func rows(_ number: (JoinedCurves.Value) -> Double?) -> [[Double?]] {
      (0..<(values.map(\.count).max() ?? 0)).map { row in
        values.map { column in
          column.indices.contains(row) ? column[row].flatMap(number).flatMap { $0.isFinite ? $0 : nil } : nil
        }
      }
    }
    content.rows = rows { $0.mean }
    if curves.count > 1 {
      (content.lows, content.highs) = (rows { $0.bounds?.lowerBound }, rows { $0.bounds?.upperBound })
    }
    return content
  }

  /// Creates a page of results that were reproduced.
  public init(of results: [Result], title: String, made: String) {
    content = Content(title: title, made: made, runs: [], results: results)
  }

  /// The HTML.
  public func html() throws(UserError) -> [UInt8] {
    let json = try JSONText.compact(content)
    // No text of a run can end the element that the content is in.
    let safe = json.replacing("<", with: "\\u003c").replacing("\u{2028}", with: "\\u2028")
      .replacing("\u{2029}", with: "\\u2029")
    var count = 0
    let page = String(decoding: UnsafeBufferPointer(start: metarl_report_page(&count), count: count), as: UTF8.self)
    let parts = page.split(separator: "/*CONTENT*/", maxSplits: 1)
    precondition(parts.count == 2, "the page of reports has no place for its content")
    return Array((parts[0] + safe + parts[1]).utf8)
  }
}

/// What a page's scripts read.
private struct Content: Encodable {
  struct Setting: Encodable {
    var key, value, standard, comment: String
    var departs: Bool
  }

  struct Film: Encodable {
    struct Episode: Encodable {
      var step: Int
      var returns: [Double]
      /// The place along x that a view follows.
      var focus: [Double]
      /// The limbs of each moment: both ends, the radius and the number of the body.
      var frames: [[[Double]]]
    }

    var task: String
    var seconds: Double?
    var isFollowed: Bool
    var ground: Double?
    var goal: [Double]?
    var episodes: [Episode]

    init(_ film: AdaptationFilm) {
      (task, seconds, isFollowed) = (film.task, film.secondsPerFrame, film.isFollowed)
      let first = film.episodes.first?.frames.first?.scene
      ground = first?.ground
      goal = first?.goal.map { [$0.x, $0.y] }
      episodes = film.episodes.map { episode in
        Episode(
          step: episode.step, returns: episode.frames.map { $0.returnSoFar.inThousandths },
          focus: episode.frames.map { $0.scene.focus.x.inThousandths },
          frames: episode.frames.map { frame in
            frame.scene.limbs.map { limb in
              [limb.start.x, limb.start.y, limb.end.x, limb.end.y, limb.radius].map(\.inThousandths)
                + [Double(limb.body)]
            }
          })
      }
    }
  }

  struct Run: Encodable {
    var name, label, algorithm, task: String
    var seed: Int
    var iteration, environmentSteps: Double?
    var hash: String?
    var settings: [Setting]
    var films: [Film]
    var stills: [ReportPage.Still]
  }

  /// The seeds of one experiment.
  struct Group: Encodable {
    var label: String
    var seeds: Int
    /// The number of iterations of which a row is the mean.
    var window: Int
    var columns: [String]
    /// The means over the seeds, and the bounds of their 95% intervals; nil for one seed.
    var rows: [[Double?]]
    var lows, highs: [[Double?]]?
    var evaluations: [Evaluation]
  }

  struct Evaluation: Encodable {
    var label: String
    var report: ShownEvaluation
  }

  var title: String
  var made: String
  var runs: [Run]
  var results: [ReportPage.Result] = []
  var axis = "iteration"
  var groups: [Group] = []
  var comparison: JSONValue?
  var reloadSeconds: Int?
}

extension Double {
  /// The number to a thousandth, of which JSON has few digits; 0 where it is not finite.
  fileprivate var inThousandths: Double { isFinite ? (1_000 * self).rounded() / 1_000 : 0 }
}

/// Any value of JSON, as a file has it.
private enum JSONValue: Codable, Sendable {
  case null
  case boolean(Bool)
  case number(Double)
  case text(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .boolean(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .array(let values): try container.encode(values)
    case .object(let values): try container.encode(values)
    }
  }
}
