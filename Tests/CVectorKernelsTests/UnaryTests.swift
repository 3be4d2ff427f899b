import CVectorKernels
import Foundation
import Testing

@Suite struct UnaryTests {
  static let operations: [metarl_unary] = [
    METARL_NEGATE, METARL_EXP, METARL_LOG, METARL_TANH, METARL_SIGMOID, METARL_RELU, METARL_SOFTPLUS, METARL_SQRT,
    METARL_ABS, METARL_SIGN, METARL_RECIPROCAL, METARL_SQUARE, METARL_SIN, METARL_COS, METARL_IDENTITY, METARL_STEP,
  ]

  /// The worst error the header promises for Float, in units in the last place; the other operations are exact.
  static let floatTolerances: [(metarl_unary, Double)] = [
    (METARL_EXP, 2), (METARL_LOG, 2), (METARL_TANH, 3), (METARL_SIGMOID, 3), (METARL_SOFTPLUS, 3), (METARL_SIN, 2),
    (METARL_COS, 2),
  ]

  /// The functions that are not exact, from the C library in Double: for Float its error is far below a unit in the
  /// last place.
  static func oracle(_ op: metarl_unary, _ x: Double) -> Double {
    switch op {
    case METARL_EXP: exp(x)
    case METARL_LOG: log(x)
    case METARL_TANH: tanh(x)
    case METARL_SIGMOID: (x < 0 ? exp(-abs(x)) : 1) / (1 + exp(-abs(x)))
    case METARL_SOFTPLUS: (x > 0 ? x : 0) + log1p(exp(-abs(x)))
    case METARL_SIN: sin(x)
    default: cos(x)
    }
  }

  static func exact<Scalar: KernelScalar>(_ op: metarl_unary, _ x: Scalar) -> Scalar? {
    switch op {
    case METARL_NEGATE: -x
    case METARL_RELU: x <= 0 ? 0 : x
    case METARL_SQRT: x.squareRoot()
    case METARL_ABS: x.magnitude
    case METARL_SIGN: x > 0 ? 1 : x < 0 ? -1 : x
    case METARL_RECIPROCAL: 1 / x
    case METARL_SQUARE: x * x
    case METARL_IDENTITY: x
    case METARL_STEP: x > 0 ? 1 : 0
    default: nil
    }
  }

  static func run<Scalar: KernelScalar>(_ level: String, _ op: metarl_unary, _ a: [Scalar]) -> [Scalar] {
    Scalar.written(a.count) { Scalar.unary(level, op, a, $0, a.count) }
  }

  /// Floats from all bit patterns, a prime number of steps apart: every exponent, denormals and NaNs among them.
  static let allMagnitudes = stride(from: UInt32(0), to: .max - 100_003, by: 100_003).map { Float(bitPattern: $0) }

  /// Floats around the places where a function changes its course, each with its neighbours.
  static let turningPoints: [Float] = [
    0.5, 1, 2, 0x1p-126, 1e6, 9.01, 10, 17.33, 88.72283, 89, 87.33655, 103.97208, 104, .pi, .pi / 2,
  ]
  .flatMap { [$0, $0.nextUp, $0.nextDown, -$0, -$0.nextUp, -$0.nextDown] }

  @Test(arguments: runnableLevels) func floatFunctionsStayWithinTheirUnitsInTheLastPlace(level: String) {
    for (op, tolerance) in Self.floatTolerances {
      let operands = Self.allMagnitudes + Self.turningPoints + Float.specialValues + Float.values(2000, seed: 1)
      var worst = (error: 0.0, at: Float(0))
      for (x, y) in zip(operands, Self.run(level, op, operands)) {
        let expected = Self.oracle(op, Double(x))
        let rounded = Float(expected)
        if rounded.isIdentical(to: y) { continue }
        guard rounded.isFinite, y.isFinite else {
          Issue.record("\(level) operation \(op.rawValue) of \(x) gave \(y), expected \(rounded)")
          continue
        }
        let error = abs(Double(y) - expected) / Double(rounded.ulp)
        if error > worst.error { worst = (error, x) }
      }
      #expect(worst.error <= tolerance, "\(level) operation \(op.rawValue): \(worst.error) at \(worst.at)")
    }
  }

  @Test(arguments: runnableLevels) func doubleFunctionsAreThoseOfTheLibrary(level: String) {
    let operands = Double.specialValues + Double.values(501, seed: 2) + Self.turningPoints.map(Double.init)
    for (op, _) in Self.floatTolerances {
      #expect(
        areIdentical(Self.run(level, op, operands), operands.map { Self.oracle(op, $0) }), "operation \(op.rawValue)")
    }
  }

  @Test(arguments: runnableLevels) func simpleFunctionsAreExact(level: String) {
    func check<Scalar: KernelScalar>(_ operands: [Scalar]) {
      for op in Self.operations {
        let expected = operands.compactMap { Self.exact(op, $0) }
        if expected.isEmpty { continue }
        #expect(areIdentical(Self.run(level, op, operands), expected), "operation \(op.rawValue) of \(Scalar.self)")
      }
    }
    check(Float.specialValues + Float.values(778, seed: 3))
    check(Double.specialValues + Double.values(778, seed: 3))
  }

  @Test(arguments: runnableLevels) func specialValuesOfTheFloatFunctions(level: String) {
    func value(_ op: metarl_unary, _ x: Float) -> Float { Self.run(level, op, [x])[0] }
    #expect(value(METARL_EXP, 88.8) == .infinity)
    #expect(value(METARL_EXP, 88.7) < .infinity)
    #expect(value(METARL_EXP, -103.9) == .leastNonzeroMagnitude)
    #expect(value(METARL_EXP, -.infinity) == 0)
    #expect(value(METARL_LOG, -0.0) == -.infinity)
    #expect(value(METARL_LOG, -.leastNonzeroMagnitude).isNaN)
    #expect(value(METARL_LOG, .infinity) == .infinity)
    #expect(value(METARL_TANH, -0.0).isIdentical(to: -0.0))
    #expect(value(METARL_TANH, .leastNonzeroMagnitude) == .leastNonzeroMagnitude)
    #expect(value(METARL_TANH, -.infinity) == -1)
    #expect(value(METARL_SIGMOID, -.infinity) == 0)
    #expect(value(METARL_SOFTPLUS, -.infinity) == 0)
    #expect(value(METARL_SOFTPLUS, .infinity) == .infinity)
    #expect(value(METARL_SIN, -0.0).isIdentical(to: -0.0))
    #expect(value(METARL_SIN, .infinity).isNaN)
    #expect(value(METARL_COS, -.infinity).isNaN)
  }

  @Test(arguments: runnableLevels) func bitsDependNeitherOnThePlaceNorOnTheLength(level: String) {
    func check<Scalar: KernelScalar>(_ operands: [Scalar]) {
      for op in Self.operations {
        let whole = Self.run(level, op, operands)
        for start in 0..<40 {
          let part = Array(operands[start..<(operands.count - start / 2)])
          #expect(areIdentical(Self.run(level, op, part), Array(whole[start..<(operands.count - start / 2)])))
        }
        #expect(areIdentical(operands.map { Self.run(level, op, [$0])[0] }, whole), "operation \(op.rawValue)")
      }
    }
    check(Float.specialValues + Float.values(100, seed: 4) + Self.turningPoints)
    check(Double.specialValues + Double.values(50, seed: 5))
  }

  @Test(arguments: runnableLevels) func theOutputMayBeTheInput(level: String) {
    func check<Scalar: KernelScalar>(_ operands: [Scalar]) {
      for op in Self.operations {
        let inPlace = Scalar.written(operands.count, from: operands) { Scalar.unary(level, op, $0, $0, operands.count) }
        #expect(areIdentical(inPlace, Self.run(level, op, operands)), "operation \(op.rawValue)")
      }
    }
    check(Float.values(53, seed: 6))
    check(Double.values(53, seed: 7))
  }
}
