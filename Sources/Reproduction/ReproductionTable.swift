import Evaluation
import Foundation
import Parts

/// The results of a recipe beside the published numbers.
public struct ReproductionTable: Encodable, Equatable, Sendable {
  /// A result of the table, with its interval and the published number.
  public struct Cell: Encodable, Equatable, Sendable {
    /// The mean over the seeds; nil where a run diverged, or there is none.
    public var mean: Double?
    /// Half the width of the mean's 95% interval over the seeds; for one seed, over the tasks, if the result is a mean
    /// over tasks.
    public var halfWidth: Double?
    /// The paper's number; nil where it has none.
    public var published: Double?
    /// The number of runs.
    public var runs: Int

    enum CodingKeys: String, CodingKey {
      case mean, published, runs
      case halfWidth = "half_width"
    }
  }

  /// A line of the table.
  public struct Row: Encodable, Equatable, Sendable {
    public var label: String
    /// The result in each column.
    public var cells: [Cell]
  }

  public var name: String
  public var source: String
  public var measure: String
  public var seeds: [Int]
  public var columns: [String]
  public var rows: [Row]

  /// The samples of the intervals: seeds or tasks.
  public var intervalOver: String { seeds.count > 1 ? "seeds" : "tasks" }

  /// What is before the table: the measure, the seeds and what the intervals are over.
  public var preface: String {
    "\(measure), seed\(seeds.count == 1 ? "" : "s") \(seeds.map(String.init).joined(separator: ", ")), intervals over \(intervalOver)."
  }

  /// Creates the table of the runs that a result has.
  public init(_ recipe: Recipe, _ result: RecipeResult) {
    name = recipe.name(of: result.itsLength)
    source = recipe.source
    measure = recipe.measure
    seeds = recipe.seeds(of: result.itsLength)
    columns = recipe.columns.map(\.label)
    rows = recipe.lines.map { line in
      let runs = result.runs.filter { $0.line == line.label && $0.values.count == recipe.columns.count }
      let cells = recipe.columns.indices.map { column in
        let known = runs.compactMap { $0.values[column] }
        let summary = known.isEmpty || known.count < runs.count ? nil : SampleSummary(known.map(\.mean))
        var halfWidth = runs.count > 1 ? summary?.halfWidth : known.first?.halfWidth
        // A reference line is one training, which the seeds share.
        if case .reference = recipe.columns[column].quantity { halfWidth = nil }
        return Cell(
          mean: summary?.mean, halfWidth: halfWidth,
          published: column < line.published.count ? line.published[column] : nil, runs: runs.count)
      }
      return Row(label: line.label, cells: cells)
    }
  }

  /// The table as Markdown: our results with their intervals, and the paper's numbers in parentheses.
  public var markdown: String {
    var lines = ["| | " + columns.joined(separator: " | ") + " |"]
    lines.append("|---" + String(repeating: "|---", count: columns.count) + "|")
    for row in rows {
      lines.append("| \(row.label) | " + texts(of: row).joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n")
  }

  /// Returns the text of each cell of a row: the mean with its interval, the number of runs where some are missing, and the
  /// paper's number in parentheses.
  func texts(of row: Row) -> [String] {
    row.cells.map { cell in
      let places = max(Self.places(of: cell.mean ?? 0), Self.places(of: cell.published ?? 0))
      let mean = cell.mean.map { Self.rounded($0, to: places) } ?? (cell.runs > 0 ? "diverged" : "–")
      let interval = cell.halfWidth.map { " ± " + Self.interval($0, to: places) } ?? ""
      let count = cell.runs > 0 && cell.runs < seeds.count ? ", \(cell.runs) of \(seeds.count) seeds" : ""
      return mean + interval + count + (cell.published.map { " (\($0.shortText))" } ?? "")
    }
  }

  /// Half of an interval's width with so many decimal places, or that it is below the last of them.
  private static func interval(_ halfWidth: Double, to places: Int) -> String {
    let unit = pow(10, -Double(places))
    return halfWidth > 0 && halfWidth < unit / 2 ? "<" + rounded(unit, to: places) : rounded(halfWidth, to: places)
  }

  /// The number of decimal places that shows three significant digits of a value, six at most.
  private static func places(of value: Double) -> Int {
    guard value.isFinite, value != 0 else { return 0 }
    return min(6, max(0, 2 - Int(log10(abs(value)).rounded(.down))))
  }

  /// The value with so many decimal places, to which its interval is rounded, too.
  private static func rounded(_ value: Double, to places: Int) -> String {
    value.isFinite ? String(format: "%.\(places)f", value) : value.shortText
  }
}
