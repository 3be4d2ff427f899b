import Files
import Foundation
import Glibc
import Parts

/// Trains the runs of a sweep, several at a time, each by a process of this program.
struct SweepRunner {
  /// A run that is to be trained.
  struct Job {
    /// The name of the run in lines about it.
    let name: String
    /// The arguments of the process that trains it.
    let arguments: [String]
    /// The file for what the process writes.
    let log: String
    /// The number of iterations of the run.
    let iterations: Int
    /// Whether nothing is left to train.
    let isFinished: Bool
  }

  /// What has become of the runs that this sweep has not trained to their ends.
  struct Outcome {
    /// The runs that failed, in the order in which they did.
    var failures: [Failure] = []
    /// The names of the runs that another process trains, such as that of another sweep.
    var taken: [String] = []
  }

  /// How a run ended whose process failed.
  struct Failure {
    let name: String
    let reason: String
    let status: Int32
  }

  /// A process and what it has told of its progress.
  private struct Child {
    let job: Job
    let program: StartedProgram
    var progress = Progress()
  }

  /// How far a run is, and how far it was before its process began.
  private struct Progress {
    var iterations = 0
    var earlier: Int?
  }

  /// What a process writes of its progress; the other keys are for others.
  private struct Line: Decodable {
    let event: String
    let iteration: Int
  }

  let program: ExternalProgram
  let jobs: [Job]
  /// The number of processes at a time.
  let parallel: Int
  let display: ProgressDisplay

  /// The runs by how far the sweep is with them.
  private struct State {
    var waiting: ArraySlice<Job>
    var children: [Child] = []
    var ended: [Progress] = []
    var outcome = Outcome()
    var isStopping = false
    /// The iterations and the ended runs that were last shown.
    var shown: [Int] = []
  }

  /// Trains the runs that are not finished. A run that fails keeps no other from its training.
  /// - Parameter isStopped: returns whether to stop: the processes then end with checkpoints.
  func run(isStopped: () -> Bool) -> Outcome {
    var state = State(waiting: jobs.filter { !$0.isFinished }[...])
    state.ended = jobs.filter(\.isFinished).map { Progress(iterations: $0.iterations, earlier: $0.iterations) }
    while !state.children.isEmpty || !state.waiting.isEmpty {
      if isStopped(), !state.isStopping {
        state.isStopping = true
        state.waiting = []
        // A closed terminal or Ctrl-C may have signalled the processes, too: a warning does not end them at once.
        for child in state.children { child.program.send(SIGUSR1) }
      }
      while state.children.count < parallel, let job = state.waiting.popFirst() { start(job, &state) }
      for index in state.children.indices { note(&state.children[index]) }
      collect(&state)
      if !state.isStopping { show(&state) }
      usleep(Self.pause)
    }
    return state.outcome
  }

  private func start(_ job: Job, _ state: inout State) {
    do {
      let started = try program.start(job.arguments, environment: Interruption.endsWithThisProcess, log: job.log)
      state.children.append(Child(job: job, program: started))
    } catch {
      let reason = (error as? FileFault)?.description ?? "cannot start a process: \(error.localizedDescription)"
      fail(Failure(name: job.name, reason: reason, status: UserError.Status.unavailable.rawValue), &state)
    }
  }

  /// Takes the processes that have ended from those that run.
  private func collect(_ state: inout State) {
    var running: [Child] = []
    for child in state.children {
      guard let status = child.program.status else {
        running.append(child)
        continue
      }
      if status == 0 {
        state.ended.append(Progress(iterations: child.job.iterations, earlier: child.progress.earlier))
        display.note("\(state.ended.count) of \(jobs.count.counted("run")), \(child.job.name)")
      } else {
        state.ended.append(child.progress)
        if state.isStopping { continue }
        if status == UserError.Status.busy.rawValue {
          leave(child.job, &state)
        } else {
          fail(failure(of: child, status), &state)
        }
      }
    }
    state.children = running
  }

  private func fail(_ failure: Failure, _ state: inout State) {
    display.warn("\(failure.name): \(failure.reason)")
    state.outcome.failures.append(failure)
  }

  /// Leaves a run to another process, which trains it.
  private func leave(_ job: Job, _ state: inout State) {
    display.warn("\(job.name): another process is training this run")
    state.outcome.taken.append(job.name)
  }

  /// The time between two looks at the processes, in microseconds.
  private static let pause: UInt32 = 100_000

  /// Reads what a process has written of its progress.
  private func note(_ child: inout Child) {
    for line in child.program.lastLines() where line.hasPrefix("{") {
      guard let line = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)) else { continue }
      if child.progress.earlier == nil { child.progress.earlier = line.iteration }
      child.progress.iterations = line.iteration
    }
  }

  private func failure(of child: Child, _ status: Int32) -> Failure {
    let prefix = "\(ProgramName.current): "
    let line = child.program.lastLines().last { !$0.hasPrefix("{") && !$0.isEmpty }
    let reason = line.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
    return Failure(
      name: child.job.name, reason: reason ?? "ended with the exit code \(status) and no line", status: status)
  }

  /// Shows how far all runs are, where that has changed.
  private func show(_ state: inout State) {
    let progress = state.children.map(\.progress) + state.ended
    let counts = (ended: state.ended.count, all: jobs.count, running: state.children.count)
    let done = progress.reduce(0) { $0 + $1.iterations }
    guard state.shown != [done, counts.ended] else { return }
    state.shown = [done, counts.ended]
    let all = jobs.reduce(0) { $0 + $1.iterations }
    let earlier = progress.reduce(0) { $0 + ($1.earlier ?? 0) }
    display.show(
      ProgressPoint(done: done, all: all, earlier: earlier) {
        ProgressDetails(
          highlights: ["run \(counts.ended)/\(counts.all)"],
          metrics: [
            ("runs_done", Double(counts.ended)), ("runs", Double(counts.all)), ("running", Double(counts.running)),
          ])
      })
  }
}
