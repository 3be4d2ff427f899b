/// Small deterministic random numbers: SplitMix64.
struct TestNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

extension KernelScalar {
  /// What kernels get wrong: zeros, units, denormals, limits, infinities and a NaN.
  static var specialValues: [Self] {
    let positive: [Self] = [
      0, .leastNonzeroMagnitude, .leastNormalMagnitude, .leastNormalMagnitude / 2, 0.5, 1, 1.5, 2, 100,
      .greatestFiniteMagnitude, .infinity,
    ]
    return positive + positive.map { -$0 } + [.nan]
  }

  /// `count` values of every magnitude from 1e-4 to 1e2, of both signs.
  static func values(_ count: Int, seed: UInt64) -> [Self] {
    var numbers = TestNumbers(state: seed)
    return (0..<count).map { _ in
      let magnitude =
        Double.random(in: 0.1...1, using: &numbers) * [1e-3, 1e-1, 1, 10, 100][Int.random(in: 0..<5, using: &numbers)]
      return Self(Bool.random(using: &numbers) ? magnitude : -magnitude)
    }
  }

  /// Small integers, whose sums and products are exact in any order: results can then be compared without a tolerance.
  static func integers(_ count: Int, seed: UInt64) -> [Self] {
    var numbers = TestNumbers(state: seed)
    return (0..<count).map { _ in Self(Int.random(in: -8...8, using: &numbers)) }
  }

  /// Equal bits, or both NaN: which NaN an operation gives is not specified.
  func isIdentical(to other: Self) -> Bool { bitPattern == other.bitPattern || (isNaN && other.isNaN) }

  /// Runs `body` on an output with a margin behind it and returns the output; writing into the margin stops the test.
  static func written(_ count: Int, from initial: [Self]? = nil, _ body: (UnsafeMutablePointer<Self>) -> Void) -> [Self]
  {
    let margin = [Self](repeating: 12345, count: 70)
    var out = (initial ?? [Self](repeating: -54321, count: count)) + margin
    out.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("an array with a margin has an address") }
      body(base)
    }
    precondition(out.suffix(70).elementsEqual(margin), "a kernel wrote behind its output of \(count) elements")
    return Array(out.prefix(count))
  }
}

/// Whether the arrays are the same bit by bit, NaNs apart.
func areIdentical<Scalar: KernelScalar>(_ a: [Scalar], _ b: [Scalar]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { $0.isIdentical(to: $1) }
}
