/// Places in a program's memory, and the methods that write them and read them.
///
/// The methods that move elements are compiled for each scalar type. Generic code would look up types at every step, which
/// costs more than the whole meta-step of a small network.
struct BufferPlaces {
  struct Place {
    let start: UnsafeMutableRawPointer
    let shape: Shape
    let count: Int
    let byteCount: Int

    /// The elements at this place, with the type that the memory was bound to.
    @_specialize(where Scalar == Float)
    @_specialize(where Scalar == Double)
    func elements<Scalar: TensorScalar>() -> [Scalar] {
      // The standard library would write to its one empty array, which all threads share.
      guard count > 0 else { return [] }
      let start = start.assumingMemoryBound(to: Scalar.self)
      return [Scalar](unsafeUninitializedCapacity: count) { target, initialized in
        target.baseAddress?.initialize(from: start, count: count)
        initialized = count
      }
    }
  }

  let all: [Place]

  init(_ all: [Place]) { self.all = all }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func write<Scalar: TensorScalar>(_ tensors: [Tensor<Scalar>]) {
    precondition(tensors.count == all.count, "\(tensors.count) tensors were given for \(all.count) buffers")
    for index in all.indices {
      let (place, tensor) = (all[index], tensors[index])
      precondition(tensor.shape == place.shape, "a buffer has the shape \(place.shape), not \(tensor.shape)")
      tensor.scalars.withUnsafeBytes { place.start.copyMemory(from: $0) }
    }
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func write<Scalar: TensorScalar>(_ scalars: [Scalar]) {
    let count = all.reduce(0) { $0 + $1.count }
    precondition(scalars.count == count, "\(scalars.count) elements were given for buffers of \(count)")
    scalars.withUnsafeBytes { bytes in
      var start = 0
      for place in all {
        place.start.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + place.byteCount]))
        start += place.byteCount
      }
    }
  }

  func copy(from other: BufferPlaces) {
    precondition(other.all.count == all.count, "\(other.all.count) buffers were given for \(all.count)")
    for index in all.indices {
      let (place, source) = (all[index], other.all[index])
      precondition(source.shape == place.shape, "a buffer has the shape \(place.shape), not \(source.shape)")
      place.start.copyMemory(from: source.start, byteCount: place.byteCount)
    }
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func tensors<Scalar: TensorScalar>() -> [Tensor<Scalar>] {
    var tensors: [Tensor<Scalar>] = []
    tensors.reserveCapacity(all.count)
    for place in all { tensors.append(Tensor(shape: place.shape, scalars: place.elements())) }
    return tensors
  }

  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func scalars<Scalar: TensorScalar>() -> [Scalar] {
    let count = all.reduce(0) { $0 + $1.count }
    // The standard library would write to its one empty array, which all threads share.
    guard count > 0 else { return [] }
    return [Scalar](unsafeUninitializedCapacity: count) { target, initialized in
      for place in all {
        let start = place.start.assumingMemoryBound(to: Scalar.self)
        target.baseAddress?.advanced(by: initialized).initialize(from: start, count: place.count)
        initialized += place.count
      }
    }
  }
}

extension UnsafeMutableRawPointer {
  fileprivate func copyMemory(from bytes: UnsafeRawBufferPointer) {
    if let address = bytes.baseAddress { copyMemory(from: address, byteCount: bytes.count) }
  }
}
