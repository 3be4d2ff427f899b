import ArgumentParser
import Benchmarks
import Foundation
import Parts
import Runs
import TensorCore
import Training

/// The command `metarl bench`, which measures how fast this machine performs the computations of a training.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the speed of this machine, part by part.",
    discussion: """
      `bench \(scaling) [NAME ...]` measures how training gets faster with more workers, and predicts what more cores \
      would give; `bench \(scaling) --list` shows the names. `bench phases` and `bench memory` are groups. `mpirun -n 2 \
      \(ProgramName.current) bench \(ranks)` measures what ranks cost.
      """)

  private static let scaling = "scaling"
  private static let ranks = "ranks"

  @Argument(help: ArgumentHelp("Benchmarks; all if none is given. --list shows them.", valueName: "name"))
  var names: [String] = []

  @Flag(help: "List the benchmarks and measure nothing.")
  var list = false

  @Flag(help: "Show instead where the time of a unit of work goes, for benchmarks of compiled programs.")
  var instructions = false

  @Flag(help: "Print an array of objects.")
  var json = false

  @OptionGroup var progress: ProgressOptions

  func run() throws {
    if names.first == Self.scaling { return try runScaling(Array(names.dropFirst())) }
    if names == [Self.ranks] { return try runRanks() }
    guard !names.contains(Self.scaling) else {
      throw UserError(
        "bench: expected \(Self.scaling) before the names of what it measures, found it after \(names[0])",
        status: .usage)
    }
    let benchmarks = try Benchmark.select(names, from: Benchmark.standard, others: [Self.scaling, Self.ranks])
    if list { return try printList(benchmarks) }
    let environment = ProcessInfo.processInfo.environment
    if environment["METARL_LEVEL"] == nil, let coreType = environment["OPENBLAS_CORETYPE"] {
      Console.printError(
        "OPENBLAS_CORETYPE=\(coreType) is set: matrix products are not as fast as on this machine without it")
    }
    if instructions { return try printBreakdowns(of: benchmarks) }
    var results: [BenchmarkResult] = []
    if !json { Console.printLine("kernels \(KernelChoice.fastest.name)\n\(header)") }
    var failure: UserError?
    let display = ProgressDisplay("bench", counting: .benchmark, options: progress)
    try display.watching(benchmarks.count) { show in
      for (index, benchmark) in benchmarks.enumerated() {
        show(
          ProgressPoint(done: index, all: benchmarks.count, details: { ProgressDetails(highlights: [benchmark.name]) }))
        do {
          let result = try benchmark.run()
          results.append(result)
          if !json { display.interrupt { Console.printLine(row(result)) } }
        } catch let error as UserError {
          // A benchmark that this machine cannot run keeps no other from running.
          display.warn(error.message)
          failure = failure ?? (names.isEmpty ? nil : error)
        }
      }
      show(ProgressPoint(done: benchmarks.count, all: benchmarks.count))
    }
    if json { Console.printLine(try JSONText.encode(results)) }
    if let failure { throw ExitCode(failure.status.rawValue) }
  }

  private func runScaling(_ names: [String]) throws {
    guard !instructions else {
      throw UserError(
        "bench \(Self.scaling): expected no --instructions, which are those of one worker", status: .usage)
    }
    let all = ScalingBenchmark.all
    let chosen = try (names.isEmpty ? all.map(\.name) : names).map { name throws(UserError) in
      guard let found = all.first(where: { $0.name == name }) else {
        throw .unknownName("benchmark of \(Self.scaling)", name, known: all.map(\.name))
      }
      return found
    }
    if list { return try printList(chosen.map(\.single)) }
    var results: [Scaling] = []
    let display = ProgressDisplay("bench", counting: .benchmark, options: progress)
    try display.watching(chosen.count) { show in
      for benchmark in chosen {
        show(
          ProgressPoint(
            done: results.count, all: chosen.count, details: { ProgressDetails(highlights: [benchmark.name]) }))
        let result = try benchmark.run(program: URL(filePath: "/proc/self/exe"))
        results.append(result)
        if !json { display.interrupt { printScaling(result) } }
      }
      show(ProgressPoint(done: chosen.count, all: chosen.count))
    }
    if json { Console.printLine(try JSONText.encode(results)) }
  }

  private func runRanks() throws {
    guard let leader = RankLeader.current else {
      throw UserError(
        "bench \(Self.ranks): expected several ranks, as in 'mpirun -n 2 \(ProgramName.current) bench \(Self.ranks)', found one "
          + "process", status: .usage)
    }
    let found = try RankBenchmark(leader)
    guard !json else { return Console.printLine(try JSONText.encode(found)) }
    Console.printLine(pad("\(found.ranks) ranks, an exchange of bytes from each", 50) + cell("median", 14))
    for exchange in found.exchanges {
      Console.printLine(pad(ReadableNumber.grouped(exchange.bytes), 50) + cell(microseconds(exchange.seconds), 14))
    }
    Console.printLine(
      pad("an iteration", 30)
        + ["median", "in exchanges", "exchanges", "bytes of a rank"].map { cell($0, 16) }.joined())
    for iteration in found.iterations {
      let cells = [
        microseconds(iteration.seconds), microseconds(iteration.exchangeSeconds), String(iteration.exchanges),
        ReadableNumber.grouped(iteration.bytes),
      ]
      Console.printLine(pad(iteration.name, 30) + cells.map { cell($0, 16) }.joined())
    }
  }

  private func printScaling(_ scaling: Scaling) {
    Console.printLine("\(scaling.name): \(scaling.shapes)")
    Console.printLine(
      "\(microseconds(scaling.seconds)) an iteration with one worker; at least \(microseconds(scaling.criticalPath)) with any "
        + "number (the critical path)")
    Console.printLine(
      pad("part of the iteration", 30) + ["jobs", "together", "longest of all"].map { cell($0, 14) }.joined())
    for part in scaling.parts {
      Console.printLine(
        pad(part.name, 30)
          + [String(part.jobs), microseconds(part.seconds), microseconds(part.longest)].map { cell($0, 14) }.joined())
    }
    Console.printLine(pad("outside of the tasks", 30) + cell("", 14) + cell(microseconds(scaling.alone), 14))
    Console.printLine(
      pad("workers", 30)
        + ["predicted", "of processes", "measured", "iterations/s", "processes", "share"].map { cell($0, 14) }.joined())
    for row in scaling.rows {
      let cells = [
        microseconds(row.predicted), percent(row.predictedShare), row.measured.map(microseconds) ?? "-",
        number(1 / (row.measured ?? row.predicted)), row.processes.map(number) ?? "-", row.share.map(percent) ?? "-",
      ]
      Console.printLine(pad(String(row.workers), 30) + cells.map { cell($0, 14) }.joined())
    }
  }

  /// A row of `--list --json`, whose names programs read.
  private struct Row: Encodable {
    var name: String
    var group: String?
    var summary: String
    var threads: Int
    var unit: String
    var shapes: String
  }

  private func printList(_ benchmarks: [Benchmark]) throws(UserError) {
    guard json else {
      for benchmark in benchmarks { Console.printLine("\(pad(benchmark.name, 30))\(benchmark.summary)") }
      if names.isEmpty {
        Console.printLine("\(pad(Self.scaling, 30))how training gets faster with more workers, by itself alone")
      }
      return
    }
    let rows = benchmarks.map {
      Row(
        name: $0.name, group: $0.group, summary: $0.summary, threads: $0.threads, unit: $0.measure.unit,
        shapes: $0.shapes)
    }
    Console.printLine(try JSONText.encode(rows))
  }

  /// Prints those of the benchmarks that have compiled programs.
  private func printBreakdowns(of benchmarks: [Benchmark]) throws {
    var breakdowns: [TimeBreakdown] = []
    for benchmark in benchmarks {
      guard let breakdown = try benchmark.timeBreakdown() else { continue }
      breakdowns.append(breakdown)
      if !json { printBreakdown(breakdown) }
    }
    guard !breakdowns.isEmpty else {
      throw UserError(
        "--instructions: expected a benchmark of compiled programs, found \(names.joined(separator: " "))",
        status: .usage)
    }
    if json { Console.printLine(try JSONText.encode(breakdowns)) }
  }

  private func printBreakdown(_ breakdown: TimeBreakdown) {
    for program in breakdown.programs {
      let name = program.name.map { ", \($0)" } ?? ""
      Console.printLine(
        "\(breakdown.name)\(name): \(program.runs) x \(microseconds(program.seconds)), "
          + "\(program.instructions.count) instructions")
      for time in program.instructions {
        let rate = number(Double(time.operations) / max(time.seconds, 1e-9) * 1e-9)
        Console.printLine(cell(microseconds(time.seconds)) + cell("\(rate) GFLOP/s", 16) + "  " + time.label)
      }
    }
    let threads = breakdown.threads == 1 ? "" : ", \(breakdown.threads) threads together"
    Console.printLine(
      pad(breakdown.name + threads, 40) + ["time", "share", "GFLOP/s", "of peak"].map { cell($0) }.joined())
    for row in breakdown.kinds {
      let cells = [
        microseconds(row.seconds), percent(row.share), row.gigaflops.map(number) ?? "-",
        row.shareOfPeak.map(percent) ?? "-",
      ]
      Console.printLine(pad(row.kind, 40) + cells.map { cell($0) }.joined())
    }
  }

  private func microseconds(_ seconds: Double) -> String { "\(number(seconds * 1e6)) us" }

  private func percent(_ share: Double) -> String { String(format: "%.0f%%", 100 * share) }

  private var header: String {
    pad("name", 30) + ["threads", "repeats", "median", "best", "worst", "GFLOP/s", "of peak"].map { cell($0) }.joined()
      + "  unit, shapes"
  }

  private func row(_ result: BenchmarkResult) -> String {
    let numbers = [result.median, result.best, result.worst].map { number($0) }
    let shares = [result.gigaflops.map(number), result.shareOfPeak.map(percent)]
    let cells = [String(result.threads), String(result.repeats)] + numbers + shares.map { $0 ?? "-" }
    return pad(result.name, 30) + cells.map { cell($0) }.joined() + "  \(result.unit), \(result.shapes)"
  }

  private func number(_ value: Double) -> String {
    abs(value) >= 1_000 ? ReadableNumber.grouped(value) : String(format: "%.4g", value)
  }

  private func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private func cell(_ text: String, _ width: Int = 12) -> String { Console.cell(text, width: width) }
}
