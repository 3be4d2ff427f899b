@testable import TensorCore
import Testing

@Suite struct DeepGraphTests {
  /// A chain of so many operations. Each vertex that freed its operand from inside its own end would take a frame of the
  /// stack, of which a thread has 8 MB at most.
  private func chain(of length: Int) -> Tensor<Double> {
    let argument = Tensor<Double>(node: Node(shape: .scalar, content: .argument))
    return (0..<length).reduce(argument) { tensor, _ in tensor + tensor }
  }

  @Test func aLongComputationIsFreedWithoutOverflowingTheStack() {
    var tensor: Tensor<Double>? = chain(of: 200_000)
    weak let last = tensor?.node
    #expect(last != nil)
    tensor = nil
    #expect(last == nil)
  }

  @Test func verticesThatAreStillNeededStay() {
    let shared = chain(of: 3)
    weak let shares = shared.node
    var end: Tensor<Double>? = shared + 1
    #expect(end?.node.operands.first === shares)
    end = nil
    #expect(shares != nil)
    #expect(Node.topologicalOrder(of: [shared.node]).count == 4)
  }
}
