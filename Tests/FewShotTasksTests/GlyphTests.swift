import FewShotTasks
import RandomStreams
import Testing

@Suite struct GlyphTests {
  private func batch(tasks: Int, purpose: RandomAddress.Purpose = .taskSampling) -> TaskBatch {
    var batch = TaskBatch(of: GlyphTasks(ways: 5), tasks: tasks, shots: 5, queries: 10)
    batch.fill(at: RandomAddress(seed: 3, purpose: purpose, iteration: 1), from: 0)
    return batch
  }

  @Test func imagesHaveInkOnAClearGround() {
    let examples = batch(tasks: 10).query
    for row in 0..<10 * examples.rows {
      let image = examples.inputs[row * 784..<(row + 1) * 784]
      #expect(image.allSatisfy { $0 >= 0 && $0 <= 1 })
      // Two to four strokes of 0.6 x 10 to 30 pixels, 2 pixels wide: well above 5 and below 400 pixels of ink.
      #expect((12...400).contains(image.reduce(0, +)))
    }
  }

  @Test func imagesOfACharacterDifferAndFollowFromTheSeed() {
    let (first, again) = (batch(tasks: 3), batch(tasks: 3))
    #expect(first.support.inputs == again.support.inputs && first.query.inputs == again.query.inputs)
    let rows = (0..<first.query.rows).map { Array(first.query.inputs[$0 * 784..<($0 + 1) * 784]) }
    #expect(Set(rows).count == rows.count)
  }

  /// The nearest support image tells the class much oftener than chance (0.2), and not always: else there would be
  /// nothing to learn.
  @Test func charactersCanBeToldApartButNotByPixelsAlone() {
    let batch = batch(tasks: 60)
    var (right, all) = (0, 0)
    for task in 0..<batch.tasks {
      for query in 0..<10 {
        let image = batch.query.inputs[(task * 10 + query) * 784..<(task * 10 + query + 1) * 784]
        let distances = (0..<5).map { shot -> Float in
          let other = batch.support.inputs[(task * 5 + shot) * 784..<(task * 5 + shot + 1) * 784]
          return zip(image, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
        let nearest = distances.indices.min { distances[$0] < distances[$1] } ?? 0
        right += batch.query.targets[(task * 10 + query) * 5 + nearest] == 1 ? 1 : 0
        all += 1
      }
    }
    let share = Double(right) / Double(all)
    #expect(share > 0.5 && share < 0.95, "\(share)")
  }

  @Test func heldOutCharactersAreOthers() {
    let (training, test) = (batch(tasks: 3), batch(tasks: 3, purpose: .evaluationTasks))
    let rows = { (examples: TaskBatch.Examples) in
      Set((0..<3 * examples.rows).map { Array(examples.inputs[$0 * 784..<($0 + 1) * 784]) })
    }
    #expect(rows(training.support).isDisjoint(with: rows(test.support)))
  }
}
