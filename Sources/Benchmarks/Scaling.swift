public import Foundation
import Parts
import Runs
import Training
import Workers

/// How training gets faster with more workers: what one worker's time consists of, what more workers take, and what even
/// more of them would take.
public struct Scaling: Encodable, Sendable {
  /// One part of an iteration.
  public struct Part: Encodable, Sendable {
    /// What it does.
    public let name: String
    /// The number of jobs.
    public let jobs: Int
    /// The time of all jobs, in seconds.
    public let seconds: Double
    /// The time of the longest job of all measured iterations, in seconds.
    public let longest: Double
  }

  /// A number of workers.
  public struct Row: Encodable, Sendable {
    /// The number of workers.
    public let workers: Int
    /// The median time of an iteration, in seconds; nil where the machine has fewer cores.
    public let measured: Double?
    /// The time that one worker's times predict, in seconds. Where cores are slower when all are busy, as many processes
    /// of one worker tell by how much.
    public let predicted: Double
    /// The iterations a second of as many processes of one worker each, all together; nil where the machine has fewer
    /// cores.
    public let processes: Double?

    /// The share that is predicted of the rate of as many processes of one worker, each as fast as one alone but for the
    /// slowdown of busy cores.
    public let predictedShare: Double

    /// The share of the processes' rate that one process with as many workers reaches.
    public var share: Double? {
      guard let measured, let processes else { return nil }
      return 1 / measured / processes
    }

    private enum CodingKeys: String, CodingKey {
      case workers, measured, predicted, processes, share
      case predictedShare = "predicted_share"
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(workers, forKey: .workers)
      try container.encode(measured, forKey: .measured)
      try container.encode(predicted, forKey: .predicted)
      try container.encode(processes, forKey: .processes)
      try container.encode(share, forKey: .share)
      try container.encode(predictedShare, forKey: .predictedShare)
    }
  }

  /// The name of the benchmark that one worker runs.
  public let name: String
  /// The sizes of the work.
  public let shapes: String
  /// The median time of an iteration of one worker, in seconds.
  public let seconds: Double
  /// What workers share, with what one worker does between two of these parts.
  public let parts: [Part]
  /// The time outside of the tasks, in seconds: tasks are drawn, gradients are averaged, and parameters are updated.
  public let alone: Double
  /// The time that any number of workers needs at least, in seconds.
  public let criticalPath: Double
  /// The numbers of workers: 1, 2, 4, ...
  public let rows: [Row]

  private enum CodingKeys: String, CodingKey {
    case name, shapes, seconds, parts, alone, rows
    case criticalPath = "critical_path"
  }
}

/// A training whose scaling is measured.
public struct ScalingBenchmark: Sendable {
  /// The benchmark of whole iterations with one worker.
  public let single: Benchmark
  /// The number of runs that are measured.
  let runs: Int
  /// The number of iterations in a run.
  let iterations: Int
  /// Makes a run.
  let prepare: @Sendable (_ workers: Int, _ recorder: WorkRecorder?) throws -> () throws -> Void

  /// The trainings whose scaling is measured: the default run on both engines, and supervised tasks.
  public static let all: [ScalingBenchmark] =
    Benchmark.scalingOfPolicies + Benchmark.scalingOfSupervised + [Benchmark.scalingOfConvolutions]

  /// The name of the benchmark of one worker.
  public var name: String { single.name }

  /// The most workers of which the time is predicted.
  private static let mostWorkers = 64

  /// Measures one worker, then more of them and as many processes of one worker.
  /// - Parameter program: the program that a process runs: this one.
  public func run(program: URL) throws -> Scaling {
    let recorder = WorkRecorder()
    let records = try measure(workers: 1, recorder: recorder) { seconds in (seconds, recorder.take()) }
    let handing = try handingOut()
    var rows: [Scaling.Row] = []
    var workers = 1
    var alone = 0.0
    // Cores that are all busy are slower than one, each of as many processes as well as each worker.
    var slowdown = 1.0
    while workers <= Self.mostWorkers {
      let isThere = workers <= Benchmark.cores
      let together = isThere ? try processes(workers, program) : nil
      if let together {
        if workers == 1 { alone = together }
        slowdown = max(1, Double(workers) * alone / together)
      }
      let predicted = records.map { seconds, times in
        seconds - sum(times) { $0.total - $0.fastest(workers: workers, handingOut: handing) }
      }.median
      rows.append(
        Scaling.Row(
          workers: workers, measured: isThere ? try measure(workers: workers, recorder: nil) { $0 }.median : nil,
          predicted: slowdown * predicted, processes: together,
          predictedShare: records.map(\.0).median / (Double(workers) * predicted)))
      workers *= 2
    }
    let typical = records.sorted { $0.0 < $1.0 }[records.count / 2]
    return Scaling(
      name: name, shapes: single.shapes, seconds: typical.0, parts: parts(typical.1),
      alone: typical.0 - sum(typical.1) { $0.total },
      criticalPath: typical.0 - sum(typical.1) { $0.total - $0.criticalPath },
      rows: rows)
  }

  /// - Parameter note: gets the time of an iteration, in seconds.
  private func measure<Result>(
    workers: Int, recorder: WorkRecorder?, _ note: (_ seconds: Double) -> Result
  ) throws -> [Result] {
    let run = try prepare(workers, recorder)
    let clock = ContinuousClock()
    // The first ones allocate memory and try how many workers pay.
    for _ in 0..<max(1, runs / 3) { try run() }
    _ = recorder?.take()
    return try (0..<runs).map { _ in
      let start = clock.now
      try run()
      return note((clock.now - start) / .seconds(iterations))
    }
  }

  /// The time in seconds that it takes to hand jobs to two workers and to wait for both.
  private func handingOut() throws -> Double {
    let pool = WorkerPool(count: 2)
    let clock = ContinuousClock()
    return try (0..<101).map { _ in
      let start = clock.now
      try pool.run([EmptyWork(), EmptyWork()])
      return (clock.now - start) / .seconds(1)
    }.median
  }

  private final class EmptyWork: StagedWork {
    let stageName = "nothing"
    func next(worker: Int) -> Int? { nil }
    func run(job: Int, worker: Int) {}
  }

  private func parts(_ times: [WorkTimes]) -> [Scaling.Part] {
    let stages = times.flatMap { $0.works.joined() }
    let names = stages.map(\.name)
    let named = names.indices.filter { !names[$0].isEmpty && names.firstIndex(of: names[$0]) == $0 }.map { names[$0] }
    let parts = named.map { name in
      part(name, stages.filter { $0.name == name }.flatMap(\.jobs))
    }
    return parts + [part(named.isEmpty ? "tasks" : "between", stages.map(\.before))]
  }

  private func part(_ name: String, _ jobs: [Double]) -> Scaling.Part {
    Scaling.Part(
      name: name, jobs: jobs.count / iterations, seconds: jobs.reduce(0, +) / Double(iterations),
      longest: jobs.max() ?? 0)
  }

  /// The iterations a second of `count` processes that run the benchmark of one worker at the same time.
  private func processes(_ count: Int, _ program: URL) throws -> Double {
    let running = try (0..<count).map { _ in
      let process = Process()
      let output = Pipe()
      process.executableURL = program
      process.arguments = ["bench", single.name, "--json"]
      process.standardOutput = output
      try process.run()
      return (process, output)
    }
    defer { for (process, _) in running where process.isRunning { process.terminate() } }
    struct Median: Decodable { let median: Double }
    return try running.reduce(0) { sum, run in
      let data = run.1.fileHandleForReading.readDataToEndOfFile()
      run.0.waitUntilExit()
      guard run.0.terminationStatus == 0, let result = try JSONDecoder().decode([Median].self, from: data).first else {
        throw UserError(
          "bench \(single.name): a process of one worker ended with \(run.0.terminationStatus)", status: .internalFault)
      }
      if case .seconds = single.measure { return sum + 1 / result.median }
      return sum + result.median
    }
  }

  /// The sum over the times of a run, for one iteration.
  private func sum(_ times: [WorkTimes], _ value: (WorkTimes) -> Double) -> Double {
    times.reduce(0) { $0 + value($1) } / Double(iterations)
  }
}

extension [Double] {
  /// The median of one number at least; of an even number of them the upper one.
  var median: Double { sorted()[count / 2] }
}

extension WorkTimes {
  /// The time by at most `workers` workers, of whom no more are used than pay.
  fileprivate func fastest(workers: Int, handingOut: Double) -> Double {
    var best = total
    var count = workers
    while count > 1 {
      best = min(best, seconds(workers: count) + handingOut)
      count /= 2
    }
    return best
  }
}
