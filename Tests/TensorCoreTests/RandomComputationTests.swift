import TestSupport
import Testing
import Workers

@testable import TensorCore

/// Random computations, compiled, against the same ones done eagerly.
///
/// No tolerance: compiled programs run the same kernels, whose bits depend on the operands alone, over the same
/// elements, and the compiler's simplifications keep every bit but the sign of zero.
@Suite struct RandomComputationTests {
  static let tame = (0..<60).map { RandomComputation(number: $0) }
  static let wild = (200..<220).map { RandomComputation(number: $0, isWild: true) }

  @Test(arguments: tame + wild) func compiledFloatEqualsEager(_ computation: RandomComputation) {
    expectCompiledEqualsEager(computation, Float.self)
  }

  @Test(arguments: tame + wild) func compiledDoubleEqualsEager(_ computation: RandomComputation) {
    expectCompiledEqualsEager(computation, Double.self)
  }

  @Test func tameComputationsStayFiniteAndWildOnesDoNot() {
    func finite(_ computation: RandomComputation) -> Bool {
      (computation(computation.arguments()) as [Tensor<Double>]).allSatisfy { $0.scalars.allSatisfy(\.isFinite) }
    }
    #expect(Self.tame.allSatisfy(finite))
    #expect(!Self.wild.allSatisfy(finite))
  }

  @Test func everyWorkerGetsTheSameBits() throws {
    let computation = RandomComputation(number: 5)
    let arguments: [Tensor<Float>] = computation.arguments()
    let program = Program<Float>(argumentShapes: computation.argumentShapes) { derivatives(computation, $0) }
    let results = try WorkerPool(count: 3).map(jobs: 12) { _, _ in
      let workspace = program.makeWorkspace()
      for (index, argument) in arguments.enumerated() { workspace.setArgument(index, to: argument.scalars) }
      program.run(in: workspace)
      return program.resultShapes.indices.map { workspace.result($0).map(\.bitPattern) }
    }
    #expect(Set(results).count == 1)
  }
}

private func derivatives<Scalar>(_ computation: RandomComputation, _ arguments: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
  let slope = valueAndGradient(at: arguments, of: computation.objective)
  return computation(arguments) + [slope.value] + slope.gradient
}

private func expectCompiledEqualsEager<Scalar: TensorScalar>(_ computation: RandomComputation, _: Scalar.Type) {
  let arguments: [Tensor<Scalar>] = computation.arguments()
  let eager = derivatives(computation, arguments)
  let program = Program<Scalar>(argumentShapes: computation.argumentShapes) { derivatives(computation, $0) }
  let workspace = program.makeWorkspace()
  // What a pass does not write itself must not be read: left-over values would show as NaNs.
  for index in 0..<program.bufferCount { workspace.buffers[index] = .nan }
  for index in 0..<program.tape.scratchCount { workspace.scratch[index] = .nan }
  for (index, argument) in arguments.enumerated() { workspace.setArgument(index, to: argument.scalars) }
  for run in 1...2 {
    program.run(in: workspace)
    for (index, expected) in eager.enumerated() {
      #expect(program.resultShapes[index] == expected.shape)
      let found = workspace.result(index)
      let isSame = zip(found, expected.scalars).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
      #expect(isSame, "run \(run), result \(index) of shape \(expected.shape)")
    }
    for (index, argument) in arguments.enumerated() {
      workspace.withArgument(index) { span in
        let kept = (0..<span.count).allSatisfy { span[$0] == argument.scalars[$0] }
        #expect(kept, "run \(run) changed argument \(index)")
      }
    }
  }
}
