/// The place in memory of a stored vertex's elements.
enum Location: Hashable, Sendable {
  /// An offset into the workspace, in elements.
  case workspace(Int)
  /// An offset into the program's constants, in elements.
  case constant(Int)
}

/// The place in memory of every stored vertex: arguments first, then results, then temporaries. Temporaries share memory
/// when their lifetimes do not overlap.
struct BufferPlan<Scalar: TensorScalar> {
  private(set) var locations: [Int: Location] = [:]
  private(set) var constants: [Scalar] = []
  private(set) var argumentOffsets: [Int] = []
  private(set) var resultOffsets: [Int] = []
  /// The place of the partial sums of each sum that is computed in tiles, by the sum's vertex.
  private(set) var partialSums: [Int: Int] = [:]
  /// The size of the workspace, in elements.
  private(set) var count = 0

  /// The multiple that every offset is rounded up to, in elements: a cache line of the narrowest scalar.
  private static var alignment: Int { 16 }

  /// - Parameter replacements: the argument whose place a result may take, by the result's number.
  init(
    _ graph: ComputationGraph<Scalar>, _ schedule: Schedule<Scalar>, argumentCount: Int, replacements: [Int: Int] = [:]
  ) {
    placeArgumentsAndConstants(graph, argumentCount: argumentCount)
    placeResults(graph, schedule, replacements)
    placeTemporaries(graph, schedule)
  }

  private static func aligned(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }

  private mutating func reserve(_ elements: Int) -> Int {
    defer { count += Self.aligned(elements) }
    return count
  }

  private mutating func placeArgumentsAndConstants(_ graph: ComputationGraph<Scalar>, argumentCount: Int) {
    argumentOffsets = Array(repeating: 0, count: argumentCount)
    for (index, vertex) in graph.vertices.enumerated() {
      switch vertex.content {
      case .argument(let position):
        argumentOffsets[position] = reserve(vertex.shape.count)
        locations[index] = .workspace(argumentOffsets[position])
      case .constant(let scalars):
        locations[index] = .constant(constants.count)
        constants += scalars + Array(repeating: 0, count: Self.aligned(scalars.count) - scalars.count)
      case .operation: break
      }
    }
  }

  /// Places the results. A computed result is computed in its place; a result that is an argument, a constant or another
  /// result is copied there.
  private mutating func placeResults(
    _ graph: ComputationGraph<Scalar>, _ schedule: Schedule<Scalar>, _ replacements: [Int: Int]
  ) {
    for (number, result) in graph.results.enumerated() {
      let source = graph.source(of: result)
      if let argument = replacements[number], locations[source] == nil,
        schedule.mayReplace(argument: argument, by: source)
      {
        resultOffsets.append(argumentOffsets[argument])
      } else {
        resultOffsets.append(reserve(graph.vertices[result].shape.count))
      }
      if locations[source] == nil { locations[source] = .workspace(resultOffsets[number]) }
    }
  }

  private mutating func placeTemporaries(_ graph: ComputationGraph<Scalar>, _ schedule: Schedule<Scalar>) {
    let steps = schedule.steps
    var lastUse: [Int: Int] = [:]
    for (time, step) in steps.enumerated() {
      for unit in schedule.units[step] { for vertex in schedule.reads(of: unit) { lastUse[vertex] = time } }
    }
    var space = FreeSpace()
    var ending: [Int: [Range<Int>]] = [:]
    for (time, step) in steps.enumerated() {
      for vertex in schedule.units[step].flatMap({ schedule.members(of: $0) })
      where schedule.stored.contains(vertex) && locations[vertex] == nil {
        let range = space.take(Self.aligned(schedule.elementCount(of: vertex)))
        locations[vertex] = .workspace(count + range.lowerBound)
        ending[lastUse[vertex] ?? time, default: []].append(range)
      }
      for (vertex, width) in schedule.partialSums(in: step) {
        let range = space.take(Self.aligned(4 * width))
        partialSums[vertex] = count + range.lowerBound
        ending[time, default: []].append(range)
      }
      for range in ending.removeValue(forKey: time) ?? [] { space.release(range) }
    }
    count += space.end
  }
}

/// The free ranges of a memory that grows at its end. Adjacent ranges are merged.
private struct FreeSpace {
  private var free: [Range<Int>] = []
  private(set) var end = 0

  /// The smallest free range that is large enough, or a new range at the end.
  mutating func take(_ count: Int) -> Range<Int> {
    let fitting = free.indices.filter { free[$0].count >= count }.min { free[$0].count < free[$1].count }
    if let index = fitting {
      let range = free[index]
      free[index] = range.lowerBound + count..<range.upperBound
      if free[index].isEmpty { free.remove(at: index) }
      return range.lowerBound..<range.lowerBound + count
    }
    if let last = free.last, last.upperBound == end {
      free.removeLast()
      end = last.lowerBound + count
      return last.lowerBound..<end
    }
    defer { end += count }
    return end..<end + count
  }

  mutating func release(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    let index = free.firstIndex { $0.lowerBound > range.lowerBound } ?? free.count
    free.insert(range, at: index)
    if index + 1 < free.count, free[index].upperBound == free[index + 1].lowerBound {
      free[index] = free[index].lowerBound..<free.remove(at: index + 1).upperBound
    }
    if index > 0, free[index - 1].upperBound == free[index].lowerBound {
      free[index - 1] = free[index - 1].lowerBound..<free.remove(at: index).upperBound
    }
  }
}
