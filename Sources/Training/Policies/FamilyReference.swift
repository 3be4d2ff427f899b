import Environments
import Parts
import RandomStreams
import Ranks
import Runs
import Workers

/// A reference line of an environment family: a method that plays each task without a network.
struct FamilyReference: AdaptationEvaluator {
  private let setup: PolicySetup
  private let reference: EnvironmentReference
  /// The number of the reference among those of its family.
  private let number: Int

  /// - Parameter name: the name of one of the references of the configuration's family.
  init(_ configuration: RunConfiguration, name: String) throws {
    setup = try PolicySetup(configuration)
    let references = setup.family.references
    guard let number = references.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("\(setup.family.card.name) has no reference \(name)")
    }
    (self.number, reference) = (number, references[number])
  }

  var stepCount: Int { 0 }

  func evaluate(_ request: EvaluationRequest) throws -> [TaskOutcome] {
    let (seed, number, reference) = (request.seed, number, reference)
    let tasks = try PolicyEvaluator.tasks(of: request, setup)
    let pool = setup.configuration.makeWorkerPool()
    let scores = try Ranks.current.map(jobs: tasks.count) { own in
      try pool.map(jobs: own.count) { job, _ in
        let task = own.lowerBound + job
        var stream = RandomAddress(seed: UInt64(seed), purpose: .reference, iteration: number, task: task).stream
        return reference.score(on: tasks[task], from: &stream)
      }
    }
    return try zip(tasks, scores).map { task, score in
      TaskOutcome(group: try setup.family.declared(task.group), scores: [score])
    }
  }
}
