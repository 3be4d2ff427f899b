#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// A stream of random numbers that is a pure function of its address: two streams with the same address give the same
/// numbers, two with different addresses give independent ones. It is a value type; copying it copies its position.
public struct RandomStream: RandomNumberGenerator, Sendable {
  private let key: SIMD2<UInt32>
  private var counter: SIMD4<UInt32>
  private var block = SIMD4<UInt32>()
  private var used = 4
  private var spareNormal: Double?

  /// Creates the stream of `address`, at its start.
  public init(at address: RandomAddress) {
    key = address.key
    counter = address.counter
  }

  /// The next 32 random bits. A stream has 4 x 4,096 of these before it reaches those of the next time step.
  public mutating func nextBits() -> UInt32 {
    if used == 4 {
      block = Philox.block(counter: counter, key: key)
      counter[3] &+= 1
      used = 0
    }
    defer { used += 1 }
    return block[used]
  }

  public mutating func next() -> UInt64 {
    let low = UInt64(nextBits())
    return UInt64(nextBits()) << 32 | low
  }

  /// A number from the uniform distribution over [0, 1), with 53 random bits.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A random whole number from 0 to `count` - 1.
  public mutating func index(below count: Int) -> Int { min(Int(uniform() * Double(count)), count - 1) }

  /// A number from the uniform distribution over (0, 1), which excludes both bounds: the midpoints of 2^23 equal parts.
  public mutating func interiorUniform() -> Float {
    (Float(nextBits() >> 9) + 0.5) * 0x1p-23
  }

  /// A number from the uniform distribution over [`range.lowerBound`, `range.upperBound`).
  public mutating func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// A number from the standard normal distribution, by the Box-Muller transform.
  public mutating func normal() -> Double {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    // 1 - u is in (0, 1], so that the logarithm is finite.
    let radius = (-2 * log(1 - uniform())).squareRoot()
    let angle = 2 * Double.pi * uniform()
    spareNormal = radius * sin(angle)
    return radius * cos(angle)
  }
}
