import Parts
import RunFixtures
import Runs
import Testing

@Suite struct SweepPlanTests {
  @Test func everyCombinationMeetsEverySeed() throws {
    let plan = try SweepPlan(
      assignments: ["inner_rate=0.1,0.3", "inner_steps=2", "hidden_sizes=[32, 64],[8]"], seeds: [1, 7])
    #expect(plan.fixed == ["inner_steps=2"] && plan.axes.map(\.key) == ["inner_rate", "hidden_sizes"])
    #expect(plan.runs.count == 8 && Set(plan.runs.map(\.name)).count == 8)
    let last = try #require(plan.runs.last)
    #expect(last.name == "inner_rate=0.3-hidden_sizes=8-seed7" && last.combination == "inner_rate=0.3-hidden_sizes=8")
    #expect(last.assignments == ["inner_rate=0.3", "hidden_sizes=[8]"] && last.seed == 7)
    #expect(plan.runs[1].name == "inner_rate=0.1-hidden_sizes=32+64-seed7")
  }

  @Test func seedsAloneAreASweep() throws {
    let plan = try SweepPlan(assignments: ["model=a/b.xml"], seeds: [1, 2])
    #expect(plan.runs.map(\.name) == ["seed1", "seed2"] && plan.runs.allSatisfy(\.combination.isEmpty))
    #expect(plan.fixed == ["model=a/b.xml"])
  }

  @Test func namesAreThoseOfFilesAndHaveNoPatterns() throws {
    let plan = try SweepPlan(assignments: ["model=robots/a b.xml,/tmp/c*.xml"], seeds: [1])
    #expect(plan.runs.map(\.name) == ["model=ab.xml-seed1", "model=c_.xml-seed1"])
  }

  @Test(arguments: [
    (["a"], "--set a: expected key=value"), (["a=1,2", "a=3"], "--set a: expected one assignment"),
    (["a=1", "b=2", "a=3"], "--set a=1 and --set a=3: expected one assignment of a, found two"),
    (["a=1,2", "a=3,4"], "--set a=3,4: expected several values of a once"),
    // Two names of one key, of which one is that of an earlier version.
    (["outer_step=sgd,adam", "outer_optimizer=trpo"], "--set outer_step: expected one assignment"),
    (["outer_optimizer=sgd", "outer_step=trpo"], "--set outer_step=sgd and --set outer_step=trpo: expected one"),
    (["a=1,1"], "found 1 twice"),
    (["a=1,"], "found an empty one"), (["model=a/x,b/x"], "would have one folder, model=x-seed1"),
  ]) func wrongAssignmentsAreRefused(assignments: [String], message: String) {
    let error = userError { _ = try SweepPlan(assignments: assignments, seeds: [1]) }
    #expect(error?.status == .usage && error?.message.contains(message) == true, "\(error?.message ?? "none")")
  }

  @Test func sweepsHaveABound() {
    let values = (0..<200).map(String.init).joined(separator: ",")
    let error = userError { _ = try SweepPlan(assignments: ["a=\(values)", "b=\(values)"], seeds: [1]) }
    #expect(error?.message.contains("at most 10000 runs, found 40000") == true)
  }
}
