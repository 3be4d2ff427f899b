import FewShotTasks
import RandomStreams
import Testing

@Suite struct TaskBatchTests {
  private func batch(
    _ name: String, tasks: Int, shots: Int = 5, purpose: RandomAddress.Purpose = .taskSampling, from first: Int = 0
  ) throws -> TaskBatch {
    let task = try #require(FewShotTask.named(name))
    var batch = TaskBatch(of: task.distribution, tasks: tasks, shots: shots, queries: 4)
    batch.fill(at: RandomAddress(seed: 3, purpose: purpose, iteration: 7), from: first)
    return batch
  }

  @Test(arguments: FewShotTask.all.map(\.name)) func taskFollowsFromItsNumberAlone(_ name: String) throws {
    let whole = try batch(name, tasks: 4)
    let parts = [try batch(name, tasks: 1), try batch(name, tasks: 3, from: 1)]
    #expect(parts.flatMap(\.support.inputs) == whole.support.inputs)
    #expect(parts.flatMap(\.support.targets) == whole.support.targets)
    #expect(parts.flatMap(\.query.inputs) == whole.query.inputs)
    #expect(parts.flatMap(\.query.targets) == whole.query.targets)
  }

  @Test(arguments: FewShotTask.all.map(\.name)) func filledAgainABatchHoldsTheOtherTasks(_ name: String) throws {
    var again = try batch(name, tasks: 2)
    again.fill(at: RandomAddress(seed: 3, purpose: .taskSampling, iteration: 7), from: 2)
    #expect(try again.query.targets == batch(name, tasks: 2, from: 2).query.targets)
    #expect(try again.support.inputs != batch(name, tasks: 2).support.inputs)
  }

  @Test(arguments: FewShotTask.all.map(\.name)) func metaTestTasksAreApartFromMetaTraining(_ name: String) throws {
    let training = try batch(name, tasks: 3)
    let test = try batch(name, tasks: 3, purpose: .evaluationTasks)
    #expect(Set(training.support.inputs).isDisjoint(with: test.support.inputs))
  }

  @Test(arguments: FewShotTask.all.map(\.name)) func queriesDoNotDependOnTheNumberOfShots(_ name: String) throws {
    let (few, many) = (try batch(name, tasks: 2), try batch(name, tasks: 2, shots: 20))
    #expect(few.query.inputs == many.query.inputs)
    #expect(few.query.targets == many.query.targets)
    #expect(few.support.inputs.count * 4 == many.support.inputs.count)
  }

  @Test(arguments: FewShotTask.all.map(\.name)) func everyNumberIsFinite(_ name: String) throws {
    let batch = try batch(name, tasks: 50)
    for values in [batch.support.inputs, batch.support.targets, batch.query.inputs, batch.query.targets] {
      #expect(values.allSatisfy { $0.isFinite })
      #expect(Set(values).count > 1)
    }
  }

  @Test func everyFamilyHasANameOfItsOwnASummaryAndASource() {
    #expect(Set(FewShotTask.all.map(\.name)).count == FewShotTask.all.count)
    #expect(FewShotTask.all.allSatisfy { !$0.summary.isEmpty && !$0.source.isEmpty })
    #expect(FewShotTask.named("sinusoids") == nil)
  }
}
