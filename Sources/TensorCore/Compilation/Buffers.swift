/// The offsets of a structure's tensors in a program's memory. Every tensor of `placeholders` is a distinct node, and its
/// identity says which buffer is meant.
struct BufferLayout<Value: TensorStructure>: Sendable {
  let placeholders: Value
  /// The offset of each placeholder's first element.
  let offsets: [ObjectIdentifier: Int]

  init(_ placeholders: Value, offsets: some Sequence<Int>) {
    self.placeholders = placeholders
    self.offsets = Dictionary(
      uniqueKeysWithValues: zip(placeholders.tensors.map { ObjectIdentifier($0.node) }, offsets))
  }
}

/// The memory of a structure's tensors in one workspace.
///
/// A member of the structure, found by its name, is the memory of that part alone. Finding it costs a search, so loops
/// should keep the parts that they use. The type is not Sendable: the memory belongs to one worker at a time.
@dynamicMemberLookup
public struct Buffers<Value: TensorStructure> {
  /// The type of the elements.
  public typealias Scalar = Value.Scalar

  private let places: BufferPlaces
  /// Keeps the memory alive for as long as its places are used.
  private let memory: ProgramMemory<Scalar>
  private let offsets: [ObjectIdentifier: Int]
  private let placeholders: Value

  init(_ layout: BufferLayout<Value>, in memory: ProgramMemory<Scalar>) {
    self.init(layout.placeholders, layout.offsets, in: memory)
  }

  private init(_ placeholders: Value, _ offsets: [ObjectIdentifier: Int], in memory: ProgramMemory<Scalar>) {
    self.placeholders = placeholders
    self.offsets = offsets
    self.memory = memory
    places = BufferPlaces(
      placeholders.tensors.map { tensor in
        guard let offset = offsets[ObjectIdentifier(tensor.node)] else {
          preconditionFailure("a tensor \(tensor.shape) that was computed is no buffer of a program")
        }
        return BufferPlaces.Place(
          start: UnsafeMutableRawPointer(memory.buffers + offset), shape: tensor.shape, count: tensor.shape.count,
          byteCount: tensor.shape.count * MemoryLayout<Scalar>.stride)
      })
  }

  /// The buffers of a member.
  public subscript<Part: TensorStructure>(dynamicMember path: KeyPath<Value, Part>) -> Buffers<Part>
  where Part.Scalar == Scalar {
    part { $0[keyPath: path] }
  }

  /// The buffers of the part that `choose` takes out of the structure. `choose` must not compute anything.
  public func part<Part: TensorStructure>(_ choose: (Value) -> Part) -> Buffers<Part> where Part.Scalar == Scalar {
    Buffers<Part>(choose(placeholders), offsets, in: memory)
  }

  /// The buffers of an element of an array.
  public subscript<Element>(index: Int) -> Buffers<Element> where Value == [Element] { part { $0[index] } }

  /// Whether the structure has no tensors, so that there is nothing to write or to read.
  public var isEmpty: Bool { places.all.isEmpty }

  /// Writes a structure of tensors whose shapes are those of the program.
  public func write(_ value: Value) { places.write(value.tensors) }

  /// Writes the tensors of a structure, in their order.
  public func writeTensors(_ tensors: [Tensor<Scalar>]) { places.write(tensors) }

  /// The values as known tensors, in their order.
  public func readTensors() -> [Tensor<Scalar>] { places.tensors() }

  /// Writes the elements of all tensors, one after another in row-major order.
  public func write(_ scalars: [Scalar]) { places.write(scalars) }

  /// Copies the values of buffers of the same structure, in another workspace or elsewhere in this one.
  public func copy(from other: Buffers<Value>) { places.copy(from: other.places) }

  /// The values as a structure of known tensors.
  public func read() -> Value { placeholders.replacingTensors(places.tensors()) }

  /// The elements of all tensors, one after another in row-major order.
  public var scalars: [Scalar] { places.scalars() }

  /// The element of a structure of one tensor that has one element.
  public var scalar: Scalar {
    precondition(
      places.all.count == 1 && places.all[0].count == 1, "expected the buffer of one tensor with one element")
    return places.all[0].start.assumingMemoryBound(to: Scalar.self).pointee
  }

  /// The elements of each tensor, in the order of the tensors.
  public var arrays: [[Scalar]] { places.all.map { $0.elements() } }

  /// Calls `body` with the elements of one tensor, to read and to write.
  public func withElements<Element, Result>(
    _ body: (inout MutableSpan<Element>) throws -> Result
  ) rethrows -> Result where Value == Tensor<Element> {
    let place = places.all[0]
    let start = place.start.assumingMemoryBound(to: Element.self)
    var span = unsafe UnsafeMutableBufferPointer(start: start, count: place.count).mutableSpan
    return try body(&span)
  }
}
