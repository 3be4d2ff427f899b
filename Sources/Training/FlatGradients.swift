import TensorCore

// Gradients as the elements of all tensors, one after another: a worker hands them over in this form, and they are added
// without a tensor for every step.

extension TensorStructure where Scalar == Float {
  /// The same structure with other elements for all tensors, one after another in row-major order.
  func replacingElements(_ elements: [Float]) -> Self {
    var start = 0
    return replacingTensors(
      tensors.map { tensor in
        let end = start + tensor.shape.count
        defer { start = end }
        return Tensor(shape: tensor.shape, scalars: Array(elements[start..<end]))
      })
  }
}

extension [Float] {
  /// The Euclidean norm.
  var norm: Double { withUnsafeBufferPointer { $0.reduce(0.0) { $0 + Double($1) * Double($1) } }.squareRoot() }

  /// Scales the elements so that their norm is at most `limit`; 0 is no limit. Elements that are not finite stay as they
  /// are.
  mutating func clip(toNorm limit: Double) {
    guard limit > 0 else { return }
    let norm = norm
    guard norm > limit, norm.isFinite else { return }
    let factor = Float(limit / norm)
    update { $0 * factor }
  }
}

// Whole arrays at once, without a bounds check at every element: a meta-step of a small network takes a few microseconds.
extension [Float] {
  @inline(__always)
  mutating func update(_ transform: (Float) -> Float) {
    withUnsafeMutableBufferPointer { buffer in
      for index in buffer.indices { buffer[index] = transform(buffer[index]) }
    }
  }

  /// Combines each element with that of `other`, which must have as many elements.
  @inline(__always)
  mutating func update(with other: [Float], _ combine: (Float, Float) -> Float) {
    precondition(other.count == count, "\(other.count) elements cannot be combined with \(count)")
    withUnsafeMutableBufferPointer { buffer in
      other.withUnsafeBufferPointer { other in
        for index in buffer.indices { buffer[index] = combine(buffer[index], other[index]) }
      }
    }
  }
}
