/// Where the tensors of a structure are in a program's memory: every tensor of `placeholders` is one of its own, and its
/// identity says which buffer is meant.
struct BufferLayout<Value: TensorStructure>: Sendable {
  let placeholders: Value
  /// By placeholder: where its elements begin.
  let offsets: [ObjectIdentifier: Int]

  init(_ placeholders: Value, offsets: some Sequence<Int>) {
    self.placeholders = placeholders
    self.offsets = Dictionary(
      uniqueKeysWithValues: zip(placeholders.tensors.map { ObjectIdentifier($0.node) }, offsets))
  }
}

/// The memory of a structure's tensors in one workspace.
///
/// A member of the structure, found by its name, is the memory of that part alone. To find it costs a search, so that
/// loops keep the parts that they use. Not Sendable: the memory belongs to one worker at a time.
@dynamicMemberLookup
public struct Buffers<Value: TensorStructure> {
  /// The type of the elements.
  public typealias Scalar = Value.Scalar

  private struct Place {
    let start: UnsafeMutablePointer<Scalar>
    let shape: Shape
    let count: Int
  }

  private let placeholders: Value
  private let offsets: [ObjectIdentifier: Int]
  private let places: [Place]
  /// Keeps the places alive.
  private let memory: ProgramMemory<Scalar>

  init(_ layout: BufferLayout<Value>, in memory: ProgramMemory<Scalar>) {
    self.init(layout.placeholders, layout.offsets, in: memory)
  }

  private init(_ placeholders: Value, _ offsets: [ObjectIdentifier: Int], in memory: ProgramMemory<Scalar>) {
    self.placeholders = placeholders
    self.offsets = offsets
    self.memory = memory
    places = placeholders.tensors.map { tensor in
      guard let offset = offsets[ObjectIdentifier(tensor.node)] else {
        preconditionFailure("a tensor \(tensor.shape) that was computed is no buffer of a program")
      }
      return Place(start: memory.buffers + offset, shape: tensor.shape, count: tensor.shape.count)
    }
  }

  /// The buffers of a member.
  public subscript<Part: TensorStructure>(dynamicMember path: KeyPath<Value, Part>) -> Buffers<Part>
  where Part.Scalar == Scalar {
    part { $0[keyPath: path] }
  }

  /// The buffers of a part that `choose` takes out of the structure, without computing anything.
  public func part<Part: TensorStructure>(_ choose: (Value) -> Part) -> Buffers<Part> where Part.Scalar == Scalar {
    Buffers<Part>(choose(placeholders), offsets, in: memory)
  }

  /// The buffers of an element of an array.
  public subscript<Element>(index: Int) -> Buffers<Element> where Value == [Element] { part { $0[index] } }

  /// Whether there is nothing to write or to read.
  public var isEmpty: Bool { places.isEmpty }

  /// Writes a value of the program's shapes.
  public func write(_ value: Value) {
    let tensors = value.tensors
    precondition(tensors.count == places.count, "\(tensors.count) tensors were given for \(places.count) buffers")
    for (place, tensor) in zip(places, tensors) {
      precondition(tensor.shape == place.shape, "a buffer has the shape \(place.shape), not \(tensor.shape)")
      tensor.scalars.withUnsafeBufferPointer { copy($0, to: place) }
    }
  }

  /// Writes the elements of all tensors, one after another in row-major order.
  public func write(_ scalars: [Scalar]) {
    let count = places.reduce(0) { $0 + $1.count }
    precondition(scalars.count == count, "\(scalars.count) numbers were given for \(placeholders.shapes)")
    scalars.withUnsafeBufferPointer { elements in
      var start = 0
      for place in places {
        copy(UnsafeBufferPointer(rebasing: elements[start..<start + place.count]), to: place)
        start += place.count
      }
    }
  }

  /// In one piece: element by element, a generic copy costs more than a small network's whole meta-step.
  private func copy(_ elements: UnsafeBufferPointer<Scalar>, to place: Place) {
    if let address = elements.baseAddress { place.start.update(from: address, count: place.count) }
  }

  /// Copies the values of the same structure in another workspace, or elsewhere in this one.
  public func copy(from other: Buffers<Value>) {
    precondition(other.places.count == places.count, "\(other.places.count) buffers were given for \(places.count)")
    for (place, source) in zip(places, other.places) {
      precondition(source.count == place.count, "a buffer has the shape \(place.shape), not \(source.shape)")
      place.start.update(from: source.start, count: place.count)
    }
  }

  /// The values, as known tensors.
  public func read() -> Value {
    placeholders.replacingTensors(places.map { Tensor(shape: $0.shape, scalars: elements(of: $0)) })
  }

  /// The elements of all tensors, one after another in row-major order.
  public var scalars: [Scalar] {
    places.count == 1 ? elements(of: places[0]) : places.flatMap(elements)
  }

  /// The elements of each tensor, in order.
  public var arrays: [[Scalar]] { places.map(elements) }

  private func elements(of place: Place) -> [Scalar] {
    [Scalar](unsafeUninitializedCapacity: place.count) { target, count in
      count = place.count
      target.baseAddress?.initialize(from: place.start, count: count)
    }
  }

  /// Gives `body` the elements of a tensor to read and to write.
  public func withElements<Element, Result>(
    _ body: (inout MutableSpan<Element>) throws -> Result
  ) rethrows -> Result where Value == Tensor<Element> {
    var span = unsafe UnsafeMutableBufferPointer(start: places[0].start, count: places[0].count).mutableSpan
    return try body(&span)
  }
}
