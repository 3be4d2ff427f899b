import Parts
import FewShotTasks
import RandomStreams
import Testing

@Suite struct TaskBatchTests {
  private func batch(
    _ name: String, tasks: Int, shots: Int = 5, purpose: RandomAddress.Purpose = .taskSampling, from first: Int = 0
  ) throws -> TaskBatch {
    let family = try #require(SupervisedTaskFamilies.generated.first { $0.card.name == name })
    let task = try family.task(ExampleCounts(shots: shots, queries: 4))
    var batch = TaskBatch(of: task.distribution, tasks: tasks, shots: shots, queries: 4)
    batch.fill(at: RandomAddress(seed: 3, purpose: purpose, iteration: 7), from: first)
    return batch
  }

  @Test(arguments: SupervisedTaskFamilies.generated.map(\.card.name)) func taskFollowsFromItsNumberAlone(_ name: String)
    throws
  {
    let whole = try batch(name, tasks: 4)
    let parts = [try batch(name, tasks: 1), try batch(name, tasks: 3, from: 1)]
    #expect(parts.flatMap(\.support.inputs) == whole.support.inputs)
    #expect(parts.flatMap(\.support.targets) == whole.support.targets)
    #expect(parts.flatMap(\.query.inputs) == whole.query.inputs)
    #expect(parts.flatMap(\.query.targets) == whole.query.targets)
  }

  @Test(arguments: SupervisedTaskFamilies.generated.map(\.card.name)) func filledAgainABatchHoldsTheOtherTasks(
    _ name: String
  ) throws {
    var again = try batch(name, tasks: 2)
    again.fill(at: RandomAddress(seed: 3, purpose: .taskSampling, iteration: 7), from: 2)
    #expect(try again.query.targets == batch(name, tasks: 2, from: 2).query.targets)
    #expect(try again.support.inputs != batch(name, tasks: 2).support.inputs)
  }

  @Test(arguments: SupervisedTaskFamilies.generated.map(\.card.name)) func metaTestTasksAreApartFromMetaTraining(
    _ name: String
  ) throws {
    let training = try batch(name, tasks: 3)
    let test = try batch(name, tasks: 3, purpose: .evaluationTasks)
    #expect(Set(training.support.inputs).isDisjoint(with: test.support.inputs))
  }

  @Test(arguments: SupervisedTaskFamilies.generated.map(\.card.name)) func queriesDoNotDependOnTheNumberOfShots(
    _ name: String
  ) throws {
    let (few, many) = (try batch(name, tasks: 2), try batch(name, tasks: 2, shots: 20))
    #expect(few.query.inputs == many.query.inputs)
    #expect(few.query.targets == many.query.targets)
    #expect(few.support.inputs.count * 4 == many.support.inputs.count)
  }

  @Test(arguments: SupervisedTaskFamilies.generated.map(\.card.name)) func everyNumberIsFinite(_ name: String) throws {
    let batch = try batch(name, tasks: 50)
    for values in [batch.support.inputs, batch.support.targets, batch.query.inputs, batch.query.targets] {
      #expect(values.allSatisfy { $0.isFinite })
      #expect(Set(values).count > 1)
    }
  }

  @Test func everyFamilyHasANameOfItsOwnASummaryAndASource() {
    let cards = SupervisedTaskFamilies.all.map(\.card)
    #expect(Set(cards.map(\.name)).count == cards.count)
    #expect(cards.allSatisfy { !$0.summary.isEmpty && !$0.source.isEmpty })
  }
}
