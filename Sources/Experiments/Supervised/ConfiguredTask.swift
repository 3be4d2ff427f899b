import FewShotTasks
import Foundation
import ImageData

extension RunConfiguration {
  /// Where the data sets are looked for.
  var dataFolders: DataFolders { DataFolders(given: data, environment: ProcessInfo.processInfo.environment) }
}

extension FewShotTask {
  /// Numbers of a chunk's images, at most: 2 GB a worker.
  private static let greatestChunk = 500_000_000

  /// The family of supervised tasks that a configuration names; one of images with its data loaded.
  /// - Throws: `UserError` where there is none of that name, or its data are not as they should be.
  static func configured(_ configuration: RunConfiguration) throws(UserError) -> FewShotTask {
    if let task = FewShotTask.named(configuration.task) { return task }
    guard let family = ImageTaskFamily.named(configuration.task) else {
      throw UserError(
        "task \(configuration.task): expected a supervised task of that name, found none", status: .usage)
    }
    let size = ImageTaskSize(
      ways: configuration.ways, shots: configuration.shots, queries: configuration.queries)
    let task: FewShotTask
    do {
      task = try family.task(size, from: configuration.dataFolders)
    } catch {
      throw UserError(error)
    }
    let tasks = min(configuration.metaBatchSize, TaskChunks.largest)
    let numbers = tasks * size.ways * (size.shots + size.queries) * task.distribution.inputSize
    guard numbers <= greatestChunk else {
      throw UserError(
        "ways x (shots + queries): expected at most \(greatestChunk) numbers in \(tasks) tasks, found \(numbers)",
        status: .usage)
    }
    return task
  }
}

extension SupervisedSetup {
  /// The tasks of an evaluation; those of training alone are drawn by it, too.
  /// - Throws: `UserError` where no classes are left for validation.
  func evaluatedTasks(_ split: EvaluationRequest.Split) throws(UserError) -> any TaskDistribution {
    switch split {
    case .test: return task.heldOut
    case .training: return task.distribution
    case .validation:
      guard let validation = task.validation else {
        throw UserError("--split validation: \(task.name) has no classes for validation", status: .usage)
      }
      return validation
    }
  }
}
