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
    let program = Program(for: arguments) { derivatives(computation, $0) }
    let results = try WorkerPool(count: 3).map(jobs: 12) { _, _ in
      program(arguments).map { $0.scalars.map(\.bitPattern) }
    }
    #expect(Set(results).count == 1)
  }
}

private func derivatives<Scalar>(_ computation: RandomComputation, _ arguments: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
  let derivative = valueAndGradient(at: arguments, of: computation.objective)
  return computation(arguments) + [derivative.value] + derivative.gradient
}

private func expectCompiledEqualsEager<Scalar: TensorScalar>(_ computation: RandomComputation, _: Scalar.Type) {
  let arguments: [Tensor<Scalar>] = computation.arguments()
  let eager = derivatives(computation, arguments)
  let program = Program(for: arguments) { derivatives(computation, $0) }
  let workspace = program.makeWorkspace()
  // What a pass does not write itself must not be read: left-over values would show as NaNs.
  for index in 0..<program.compiled.bufferCount { workspace.memory.buffers[index] = .nan }
  for index in 0..<program.compiled.bytecode.scratchCount { workspace.memory.scratch[index] = .nan }
  workspace.inputs.write(arguments)
  for run in 1...2 {
    workspace.run()
    for (index, (found, expected)) in zip(workspace.outputs.read(), eager).enumerated() {
      #expect(found.shape == expected.shape)
      let isSame = zip(found.scalars, expected.scalars).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
      #expect(isSame, "run \(run), result \(index) of shape \(expected.shape)")
    }
    #expect(workspace.inputs.arrays == arguments.map(\.scalars), "run \(run) changed an argument")
  }
}
