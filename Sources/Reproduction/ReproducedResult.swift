import Foundation
public import Parts
public import Reporting
public import Runs

extension ReportPage.Result {
  /// Creates what a page says of a recipe: ours beside theirs, with the command, the time and what departs from the paper.
  public init(of recipe: Recipe, _ result: RecipeResult, catalog: Catalog) throws(UserError) {
    let table = ReproductionTable(recipe, result)
    let length = result.itsLength
    let option = length == .standard ? "" : " --length \(length.rawValue)"
    var facts = [
      "\(recipe.source): \(table.preface) The paper's numbers are in parentheses.",
      "Training took \(Self.time(result.seconds)) by the clock, one thread a run; \(result.machines.joined(separator: "; ")); "
        + "metarl \(result.programs.joined(separator: ", ")).",
    ]
    if let seconds = try result.estimatedSeconds(ofPaper: recipe, catalog: catalog) {
      facts.append("At the paper's own length it would take about \(Self.time(seconds)) of one thread: --length paper.")
    }
    facts += recipe.departures
    let changes = try result.staleness(of: recipe, catalog: catalog)
    if !changes.isEmpty {
      let more = changes.count > 3 ? "; and \(changes.count - 3) more" : ""
      facts.append("Not the result of today's recipe: \(changes.prefix(3).joined(separator: "; "))\(more).")
    }
    self.init(
      name: recipe.name, summary: recipe.summary, command: "metarl reproduce \(recipe.name)\(option)", facts: facts,
      tables: [Table(columns: table.columns, rows: table.rows.map { ($0.label, table.texts(of: $0)) })],
      charts: result.chart(of: recipe).map { [$0] } ?? [])
  }

  /// Creates what a page says of a recipe that has no result.
  public init(without recipe: Recipe, because reason: String) {
    self.init(
      name: recipe.name, summary: recipe.summary, command: "metarl reproduce \(recipe.name)",
      facts: ["\(recipe.source): \(recipe.measure).", reason] + recipe.departures, tables: [], charts: [])
  }

  private static func time(_ seconds: Double) -> String {
    let minutes = Int((seconds / 60).rounded())
    return minutes < 120 ? "\(max(1, minutes)) min" : "\(Int((seconds / 3_600).rounded())) h"
  }
}
