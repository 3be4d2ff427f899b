@testable import Reproduction
import Testing

@Suite struct MetaGradientCostTests {
  /// A network and tasks that are small enough for a test.
  private static let study = MetaGradientCostStudy(
    stepCounts: [2, 4, 6, 8], repeats: 1,
    problem: MetaGradientCostStudy.Problem(ways: 3, shots: 2, queries: 2, filters: 4))

  private func costs(_ method: MetaGradientCostStudy.Method) throws -> [MetaGradientCostStudy.Cost] {
    try Self.study.stepCounts.map { try Self.study.cost(of: method, steps: $0) }
  }

  private func growth(_ values: [Int]) -> [Int] { zip(values.dropFirst(), values).map { $0 - $1 } }

  /// iMAML, section 4, on figure 2b: memory grows linearly for MAML, and not at all for the others; the operations of all grow
  /// linearly, those of MAML the fastest, because its step needs a product with the Hessian beside a gradient.
  @Test func memoryAndOperationsGrowAsTheMethodsSay() throws {
    let (maml, fomaml, imaml) = (try costs(.maml), try costs(.fomaml), try costs(.imaml))
    // Buffers are shared as they fit: no two steps add exactly the same.
    let steps = growth(maml.map(\.bytes))
    #expect(steps.allSatisfy { $0 > 0 && abs($0 - steps[2]) < steps[2] / 5 }, "\(steps)")
    #expect(Set(imaml.map(\.bytes)).count == 1)
    // How buffers fit differs a little from one number of steps to another.
    let first = growth(fomaml.map(\.bytes))
    #expect(abs(first.reduce(0, +)) < steps.reduce(0, +) / 20, "\(first) \(steps)")
    let operations = [maml, fomaml, imaml].map { growth($0.map(\.operations)) }
    // A step of iMAML adds the proximal term to FOMAML's, a few operations a parameter.
    #expect(zip(operations[1], operations[2]).allSatisfy { $0 <= $1 && 10 * $1 < 11 * $0 }, "\(operations)")
    #expect(zip(operations[0], operations[1]).allSatisfy { $0 > 2 * $1 && $0 < 6 * $1 }, "\(operations)")
    // The solver's steps are a constant.
    #expect(imaml[0].operations - fomaml[0].operations > 5 * operations[1][0] / 2)
    #expect((maml + fomaml + imaml).allSatisfy { $0.seconds > 0 })
  }

  @Test func aRowIsOfOneMethod() {
    let costs = (1...12).map { MetaGradientCostStudy.Cost(bytes: $0 << 20, operations: $0, seconds: Double($0)) }
    let findings = Self.study.findings(costs)
    #expect(findings.tables[0].rows.map(\.label) == ["MAML", "FOMAML", "iMAML, 5 CG steps"])
    #expect(findings.tables[0].rows[1].texts == ["5.00 / 5000", "6.00 / 6000", "7.00 / 7000", "8.00 / 8000"])
    #expect(findings.charts[0].curves[2].y == [9, 10, 11, 12] && findings.charts[0].curves[2].x == [2, 4, 6, 8])
  }
}
