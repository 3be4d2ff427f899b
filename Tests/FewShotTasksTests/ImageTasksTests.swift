import RandomStreams
import Testing

@testable import FewShotTasks
@testable import ImageData

/// Tasks of images whose pixels tell which class and which image they are: 2 x 2, the first pixel the class, the second
/// the image, the third 0 and the fourth 255, so that turns show too.
@Suite struct ImageTasksTests {
  private func images(classes: Int, each: Int) -> ImageSet {
    var pixels: [UInt8] = []
    for label in 0..<classes { for image in 0..<each { pixels += [UInt8(label), UInt8(image), 0, 255] } }
    return ImageSet(
      shape: ImageShape(height: 2, width: 2, channels: 1),
      classes: (0..<classes).map { label in
        ImageClass(name: "\(label)", images: Array(label * each..<(label + 1) * each))
      }, pixels: PixelStorage(pixels))
  }

  private func batch(_ tasks: ImageTasks, _ size: ImageTaskSize, count: Int = 50, iteration: Int = 7) -> TaskBatch {
    var batch = TaskBatch(
      of: tasks, tasks: count, shots: size.ways * size.shots, queries: size.ways * size.queries)
    batch.fill(at: RandomAddress(seed: 3, purpose: .taskSampling, iteration: iteration), from: 0)
    return batch
  }

  private func tasks(
    _ images: ImageSet, _ size: ImageTaskSize, _ choice: ImageTasks.Choice = .distinct, labels: ImageLabels? = nil
  ) throws -> ImageTasks {
    try ImageTasks(
      of: images, size: size, choice: choice, labels: labels ?? .oneHot(ways: size.ways), name: "test")
  }

  /// The class and the image of every row of a task, read from its pixels.
  private func identities(_ examples: TaskBatch.Examples, task: Int) -> [[Int]] {
    (task * examples.rows..<(task + 1) * examples.rows).map { row in
      [Int((examples.inputs[4 * row] * 255).rounded()), Int((examples.inputs[4 * row + 1] * 255).rounded())]
    }
  }

  private func labels(_ examples: TaskBatch.Examples, task: Int, ways: Int) -> [Int?] {
    (task * examples.rows..<(task + 1) * examples.rows).map { row in
      let target = examples.targets[row * ways..<(row + 1) * ways]
      return target.reduce(0, +) == 1 ? target.firstIndex(of: 1).map { $0 - row * ways } : nil
    }
  }

  @Test func supportAndQueryShareClassesButNoImage() throws {
    let size = ImageTaskSize(ways: 4, shots: 2, queries: 3)
    let batch = try batch(tasks(images(classes: 9, each: 5), size), size)
    for task in 0..<batch.tasks {
      let (support, query) = (identities(batch.support, task: task), identities(batch.query, task: task))
      #expect(Set(support + query).count == 20)
      let rowLabels = labels(batch.support, task: task, ways: 4) + labels(batch.query, task: task, ways: 4)
      var classes: [Int?: [Int]] = [:]
      for (label, identity) in zip(rowLabels, support + query) { classes[label, default: []].append(identity[0]) }
      // A label is one class, with its shots and its queries.
      #expect(Set(classes.keys) == [0, 1, 2, 3])
      #expect(classes.values.allSatisfy { Set($0).count == 1 && $0.count == 5 })
      #expect(Set(support.map { $0[0] }).count == 4)
    }
  }

  @Test func everyClassAndImageIsDrawnEquallyOften() throws {
    let size = ImageTaskSize(ways: 2, shots: 1, queries: 1)
    let batch = try batch(tasks(images(classes: 5, each: 4), size), size, count: 5_000)
    var counts: [[Int]: Int] = [:]
    for task in 0..<batch.tasks {
      for identity in identities(batch.query, task: task) { counts[identity, default: 0] += 1 }
    }
    #expect(counts.count == 20)
    // 10,000 draws over 20: 500 each with a standard deviation of 22.
    #expect(counts.values.allSatisfy { abs($0 - 500) < 110 })
  }

  @Test func queriesAndClassesDoNotDependOnTheShots() throws {
    let set = images(classes: 9, each: 8)
    let (few, many) = (ImageTaskSize(ways: 3, shots: 1, queries: 4), ImageTaskSize(ways: 3, shots: 4, queries: 4))
    let (first, second) = (try batch(tasks(set, few), few), try batch(tasks(set, many), many))
    #expect(first.query.inputs == second.query.inputs && first.query.targets == second.query.targets)
    #expect(Set(identities(first.support, task: 0)).isSubset(of: identities(second.support, task: 0)))
  }

  @Test func taskFollowsFromItsNumberAlone() throws {
    let size = ImageTaskSize(ways: 3, shots: 1, queries: 2)
    let distribution = try tasks(images(classes: 9, each: 5), size, .distinctWithTurns)
    let whole = batch(distribution, size, count: 4)
    var part = TaskBatch(of: distribution, tasks: 1, shots: 3, queries: 6)
    part.fill(at: RandomAddress(seed: 3, purpose: .taskSampling, iteration: 7), from: 2)
    #expect(Array(whole.support.inputs[24..<36]) == part.support.inputs)
    #expect(Array(whole.query.targets[36..<54]) == part.query.targets)
    #expect(batch(distribution, size, count: 4, iteration: 8).support.inputs != whole.support.inputs)
  }

  @Test func turnedClassesAreClassesOfTheirOwn() throws {
    // With one class of images there are four, one a turn.
    let size = ImageTaskSize(ways: 4, shots: 1, queries: 1)
    let batch = try batch(tasks(images(classes: 1, each: 2), size, .distinctWithTurns), size)
    for task in 0..<batch.tasks {
      for examples in [batch.support, batch.query] {
        // The place of the pixel of 255 tells the turn: by a quarter it goes from the last place to 1, 0 and 2.
        let places = (0..<4).map { row in
          examples.inputs[16 * task + 4 * row..<16 * task + 4 * row + 4].map { $0 > 0.9 }
        }
        #expect(Set(places.map { $0.firstIndex(of: true) }) == [0, 1, 2, 3])
      }
    }
  }

  @Test func pairsOfDigitsAreHeldOut() {
    #expect(DigitPairs.training.count == 36 && DigitPairs.test.count == 9)
    #expect(Set(DigitPairs.training).isDisjoint(with: DigitPairs.test))
    for pairs in [DigitPairs.training, DigitPairs.test] {
      #expect(Set(pairs.joined()) == Set(0..<10) && pairs.allSatisfy { $0[0] < $0[1] })
    }
  }

  @Test func pairsComeInEitherOrderWithOneTarget() throws {
    let size = ImageTaskSize(ways: 2, shots: 2, queries: 2)
    let distribution = try tasks(
      images(classes: 10, each: 4), size, .groups(DigitPairs.test), labels: .binary)
    #expect(distribution.targetSize == 1)
    let batch = batch(distribution, size, count: 400)
    var seen: Set<[Int]> = []
    for task in 0..<batch.tasks {
      let classes = identities(batch.support, task: task).map { $0[0] }
      #expect(Array(batch.support.targets[4 * task..<4 * task + 4]) == [0, 0, 1, 1])
      #expect(classes[0] == classes[1] && classes[2] == classes[3])
      seen.insert([classes[0], classes[2]])
    }
    // 18 ordered pairs; each is missed by 400 draws with a chance of (17/18)^400 = 1e-10.
    #expect(seen == Set(DigitPairs.test.flatMap { [$0, $0.reversed()] }))
  }

  @Test(arguments: [
    (
      ImageTaskSize(ways: 6, shots: 1, queries: 1),
      "test: expected at least 6 classes for 6 ways, found 5; take fewer ways"
    ),
    (
      ImageTaskSize(ways: 5, shots: 2, queries: 3),
      "test: class 0: expected at least 5 images for 2 shots and 3 queries, found 4; take fewer shots or queries"
    ),
  ])
  func tasksThatAreTooLargeAreRefused(size: ImageTaskSize, message: String) {
    #expect(throws: DataError(.malformed, message)) { try tasks(images(classes: 5, each: 4), size) }
  }

  @Test func missingDigitIsRefused() {
    let message = "test: expected 10 classes, found 9; metarl data verify tells what is there"
    #expect(throws: DataError(.malformed, message)) {
      try tasks(images(classes: 9, each: 4), ImageTaskSize(ways: 2, shots: 1, queries: 1), .groups(DigitPairs.test))
    }
  }
}
