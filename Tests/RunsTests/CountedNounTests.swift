import Parts
import Testing

@Suite struct CountedNounTests {
  @Test func oneIsSingularAndOthersArePlural() {
    #expect([0, 1, 2].map { $0.counted("step") } == ["0 steps", "1 step", "2 steps"])
    #expect([1, 2].map { $0.counted("query", "queries") } == ["1 query", "2 queries"])
  }
}
