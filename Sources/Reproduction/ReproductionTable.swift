import Evaluation
import Parts

/// The results of a recipe beside the published numbers.
public struct ReproductionTable: Encodable, Equatable, Sendable {
  /// A result of the table, with its interval and the published number.
  public struct Cell: Encodable, Equatable, Sendable {
    /// The mean over the seeds; nil where a run diverged.
    public var mean: Double?
    /// Half the width of the mean's 95% interval over the seeds; for one seed, over the tasks, if the result is a mean
    /// over tasks.
    public var halfWidth: Double?
    /// The paper's number; nil where it has none.
    public var published: Double?

    enum CodingKeys: String, CodingKey {
      case mean, published
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

  /// A result of one run.
  struct Value {
    var mean: Double
    /// Half the width of the 95% interval over the tasks; nil where the result is not a mean over tasks.
    var halfWidth: Double?
  }

  /// The samples of the intervals: seeds or tasks.
  public var intervalOver: String { seeds.count > 1 ? "seeds" : "tasks" }

  /// - Parameter values: for each line, the results of each seed, one for each column; nil where the run diverged.
  init(_ recipe: Recipe, values: [Int: [[Value?]]]) {
    name = recipe.name
    source = recipe.source
    measure = recipe.measure
    seeds = recipe.seeds
    columns = recipe.columns.map(\.label)
    rows = recipe.lines.enumerated().map { number, line in
      let runs = values[number] ?? []
      let cells = recipe.columns.indices.map { column in
        let known = runs.compactMap { $0[column] }
        let summary = known.isEmpty || known.count < runs.count ? nil : SampleSummary(known.map(\.mean))
        return Cell(
          mean: summary?.mean, halfWidth: runs.count > 1 ? summary?.halfWidth : known.first?.halfWidth,
          published: column < line.published.count ? line.published[column] : nil)
      }
      return Row(label: line.label, cells: cells)
    }
  }

  /// The table as Markdown: our results with their intervals, and the paper's numbers in parentheses.
  public var markdown: String {
    var lines = ["| | " + columns.joined(separator: " | ") + " |"]
    lines.append("|---" + String(repeating: "|---", count: columns.count) + "|")
    for row in rows {
      lines.append("| \(row.label) | " + row.cells.map(Self.text).joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n")
  }

  private static func text(_ cell: Cell) -> String {
    (cell.mean.map(rounded) ?? "diverged") + (cell.halfWidth.map { " ± " + rounded($0) } ?? "")
      + (cell.published.map { " (\($0.shortText))" } ?? "")
  }

  /// The value rounded to three significant digits, but not to fewer than its whole part has.
  private static func rounded(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value.shortText }
    var scale = 1.0
    while abs(value) * scale < 100, scale < 1e6 { scale *= 10 }
    return ((value * scale).rounded() / scale).shortText
  }
}
