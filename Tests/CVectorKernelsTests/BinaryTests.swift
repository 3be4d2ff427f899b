import CVectorKernels
import Testing

@Suite struct BinaryTests {
  static let operations: [metarl_binary] = [
    METARL_ADD, METARL_SUBTRACT, METARL_MULTIPLY, METARL_DIVIDE, METARL_MAXIMUM, METARL_MINIMUM, METARL_GREATER,
    METARL_GREATER_EQUAL, METARL_LESS, METARL_LESS_EQUAL, METARL_EQUAL, METARL_NOT_EQUAL,
  ]

  static func oracle<Scalar: KernelScalar>(_ op: metarl_binary, _ a: Scalar, _ b: Scalar) -> Scalar {
    switch op {
    case METARL_ADD: a + b
    case METARL_SUBTRACT: a - b
    case METARL_MULTIPLY: a * b
    case METARL_DIVIDE: a / b
    case METARL_MAXIMUM: a.isNaN || b.isNaN ? .nan : a > b ? a : b
    case METARL_MINIMUM: a.isNaN || b.isNaN ? .nan : a < b ? a : b
    case METARL_GREATER: a > b ? 1 : 0
    case METARL_GREATER_EQUAL: a >= b ? 1 : 0
    case METARL_LESS: a < b ? 1 : 0
    case METARL_LESS_EQUAL: a <= b ? 1 : 0
    case METARL_EQUAL: a == b ? 1 : 0
    default: a != b ? 1 : 0
    }
  }

  /// Every pair of special values, and ordinary ones.
  static func operands<Scalar: KernelScalar>() -> ([Scalar], [Scalar]) {
    let special = Scalar.specialValues
    let left = special.flatMap { value in special.map { _ in value } }, right = special.flatMap { _ in special }
    return (left + Scalar.values(103, seed: 11), right + Scalar.values(103, seed: 12))
  }

  static func run<Scalar: KernelScalar>(
    _ level: String, _ op: metarl_binary, _ a: [Scalar], _ b: [Scalar], _ count: Int
  ) -> [Scalar] {
    Scalar.written(count) { Scalar.binary(level, op, a, a.count == 1 ? 0 : 1, b, b.count == 1 ? 0 : 1, $0, count) }
  }

  @Test(arguments: runnableLevels) func binaryFunctionsAreExact(level: String) {
    func check<Scalar: KernelScalar>(_ left: [Scalar], _ right: [Scalar]) {
      for op in Self.operations {
        let result = Self.run(level, op, left, right, left.count)
        #expect(
          areIdentical(result, zip(left, right).map { Self.oracle(op, $0, $1) }),
          "\(Scalar.self) operation \(op.rawValue)")
      }
    }
    let floats: ([Float], [Float]) = Self.operands(), doubles: ([Double], [Double]) = Self.operands()
    check(floats.0, floats.1)
    check(doubles.0, doubles.1)
  }

  @Test(arguments: runnableLevels) func scalarsOfStrideZeroServeEveryElementOfEveryLength(level: String) {
    func check<Scalar: KernelScalar>(_: Scalar.Type) {
      for count in [2, 3, 7, 8, 15, 16, 17, 31, 33, 64, 67] {
        let vector = Scalar.values(count, seed: 13), scalar: Scalar = -0.75
        for op in Self.operations {
          #expect(Self.run(level, op, vector, [scalar], count) == vector.map { Self.oracle(op, $0, scalar) })
          #expect(Self.run(level, op, [scalar], vector, count) == vector.map { Self.oracle(op, scalar, $0) })
          let constant = Self.oracle(op, scalar, 2)
          #expect(Self.run(level, op, [scalar], [2], count) == [Scalar](repeating: constant, count: count))
        }
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test(arguments: runnableLevels) func theOutputMayBeEitherOperandOrTheScalarsArray(level: String) {
    let a = Float.values(37, seed: 14), b = Float.values(37, seed: 15)
    for op in Self.operations {
      let expected = zip(a, b).map { Self.oracle(op, $0, $1) }
      #expect(Float.written(37, from: a) { Float.binary(level, op, $0, 1, b, 1, $0, 37) } == expected)
      #expect(Float.written(37, from: b) { Float.binary(level, op, a, 1, $0, 1, $0, 37) } == expected)
      let byFirst = b.map { Self.oracle(op, a[0], $0) }
      #expect(Float.written(37, from: a) { Float.binary(level, op, $0, 0, b, 1, $0, 37) } == byFirst)
    }
  }

  @Test(arguments: runnableLevels) func nothingHappensToArraysOfNoElements(level: String) {
    for op in Self.operations {
      #expect(Float.written(0) { Float.binary(level, op, $0, 0, $0, 1, $0, 0) }.isEmpty)
    }
  }
}

@Suite struct TernaryTests {
  static func oracle<Scalar: KernelScalar>(_ a: Scalar, _ b: Scalar, _ c: Scalar) -> Scalar { a != 0 ? b : c }

  static func run<Scalar: KernelScalar>(
    _ level: String, _ operands: [[Scalar]], _ count: Int
  ) -> [Scalar] {
    operands[0].withUnsafeBufferPointer { a in
      operands[1].withUnsafeBufferPointer { b in
        operands[2].withUnsafeBufferPointer { c in
          let pointers = [a, b, c].compactMap { buffer in buffer.baseAddress.map { ($0, buffer.count == 1 ? 0 : 1) } }
          return Scalar.written(count) { Scalar.ternary(level, METARL_SELECT, pointers, $0, count) }
        }
      }
    }
  }

  @Test(arguments: runnableLevels) func selectIsExact(level: String) {
    func check<Scalar: KernelScalar>(_ special: [Scalar]) {
      let a = special + Scalar.values(300, seed: 21)
      let b = special.reversed() + Scalar.values(300, seed: 22)
      let c = Array(special.dropFirst(5) + special.prefix(5)) + Scalar.values(300, seed: 23)
      let expected = a.indices.map { Self.oracle(a[$0], b[$0], c[$0]) }
      #expect(areIdentical(Self.run(level, [a, b, c], a.count), expected), "\(Scalar.self)")
    }
    check(Float.specialValues)
    check(Double.specialValues)
  }

  @Test(arguments: runnableLevels, [1, 5, 16, 37]) func everyOperandMayBeAScalar(level: String, count: Int) {
    let vectors = (0..<3).map { Float.values(count, seed: UInt64(23 + $0)) }
    for scalars in 0..<8 {
      let operands = vectors.enumerated().map { index, vector in scalars >> index & 1 == 1 ? [vector[0]] : vector }
      let expected = (0..<count).map { i in
        let x = operands.map { $0.count == 1 ? $0[0] : $0[i] }
        return Self.oracle(x[0], x[1], x[2])
      }
      #expect(Self.run(level, operands, count) == expected)
    }
  }
}
