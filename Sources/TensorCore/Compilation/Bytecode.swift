import CVectorKernels

/// A program's instructions as trivial values in flat arrays.
///
/// The loop that runs them copies trivial values alone and counts no references. Two workers that run one program would
/// otherwise update the same reference counters, which costs more than the arithmetic of a small network.
struct Bytecode<Scalar: TensorScalar>: Sendable {
  enum Instruction: Sendable {
    /// Runs the fused pass with this number.
    case pass(Int)
    /// Makes the kernel call with this number.
    case kernel(Int)
    case product(ProductPlan, Location, Location, result: Int)
    case sum(Location, outer: Int, reduced: Int, inner: Int, result: Int)
    /// Adds the rows of a tile to the four partial rows `[4, inner]` that a sum adds up at the end; they are 0 before the
    /// first tile.
    case partialSum(Location, rows: Int, inner: Int, partials: Int, isFirst: Bool)
    case copy(from: Location, to: Int, count: Int)
    /// Waits for the caller to compute the sums of the part call with this number.
    case call(Int)
  }

  /// Sums over the parts of one data set.
  struct PartCall: Sendable {
    let data: Int
    /// The arguments of all functions, without repetitions.
    let operands: [(place: Location, shape: Shape)]
    /// The functions, each with the numbers of the operands that are its arguments.
    let functions: [(function: PartFunction<Scalar>, operands: [Int])]
    /// The results that are needed: the number of the function, that of its result, and the offset of the sum.
    let sums: [(function: Int, result: Int, place: Int)]
  }

  struct KernelCall: Sendable {
    let operands: Range<Int>
    let result: Int
  }

  private(set) var instructions: [Instruction] = []
  /// The unit of work that each instruction is a part of.
  private(set) var unitOf: [Int] = []
  /// A readable description of what each unit does.
  private(set) var labels: [String] = []
  /// The floating-point operations of each unit. An element-wise function counts as one, whichever it is.
  private(set) var operationCounts: [Int] = []
  /// The fused passes, whose arrays are ranges of the flat arrays below; see ``FusedPass``.
  private(set) var passes: [metarl_pass] = []
  private(set) var loads: [metarl_load] = []
  private(set) var axes: [metarl_axis] = []
  private(set) var stores: [Int] = []
  private(set) var steps: [metarl_step] = []
  private(set) var calls: [KernelCall] = []
  private(set) var operands: [Location] = []
  private(set) var kernels: [any Kernel] = []
  private(set) var partCalls: [PartCall] = []
  /// The scratch elements that the widest pass needs.
  private(set) var scratchCount = 0
  /// The slots that the widest pass or call needs.
  private(set) var slotCount = 0

  /// Adds a unit of work, which describes the instructions that are appended with the returned number.
  mutating func addUnit(_ label: String, operations: Int) -> Int {
    labels.append(label)
    operationCounts.append(operations)
    return labels.count - 1
  }

  mutating func append(_ instruction: Instruction, of unit: Int) {
    instructions.append(instruction)
    unitOf.append(unit)
  }

  mutating func append(_ pass: FusedPass<Scalar>, of unit: Int) {
    append(.pass(passes.count), of: unit)
    passes.append(
      metarl_pass(
        count: pass.count, block: pass.blockCount, first_load: Int32(loads.count), load_count: Int32(pass.loads.count),
        register_count: Int32(pass.registerCount), first_store: Int32(stores.count),
        store_count: Int32(pass.stores.count), first_step: Int32(steps.count), step_count: Int32(pass.steps.count)))
    for load in pass.loads { append(load) }
    stores += pass.stores
    steps += pass.steps.map(\.native)
    scratchCount = max(scratchCount, pass.scratchCount)
    slotCount = max(slotCount, pass.slotCount)
  }

  private mutating func append(_ load: FusedPass<Scalar>.Load) {
    let (kind, location, index): (metarl_load_kind, Location, StridedIndex?) =
      switch load {
      case .contiguous(let location): (METARL_CONTIGUOUS, location, nil)
      case .uniform(let location): (METARL_UNIFORM, location, nil)
      case .periodic(let location, let index): (METARL_PERIODIC, location, index)
      case .strided(let location, let index): (METARL_STRIDED, location, index)
      }
    let (isConstant, offset) =
      switch location {
      case .workspace(let offset): (false, offset)
      case .constant(let offset): (true, offset)
      }
    let own = index?.axes ?? []
    loads.append(
      metarl_load(
        kind: kind, is_constant: isConstant ? 1 : 0, offset: offset, first_axis: Int32(axes.count),
        axis_count: Int32(own.count)))
    axes += own.map { metarl_axis(size: $0.size, stride: $0.stride) }
  }

  mutating func append(_ kernel: any Kernel, operands places: [Location], result: Int, of unit: Int) {
    switch kernel.plain {
    case .product(let plan): return append(.product(plan, places[0], places[1], result: result), of: unit)
    case .sum(let outer, let reduced, let inner):
      return append(.sum(places[0], outer: outer, reduced: reduced, inner: inner, result: result), of: unit)
    case nil: break
    }
    append(.kernel(calls.count), of: unit)
    calls.append(KernelCall(operands: operands.count..<operands.count + places.count, result: result))
    operands += places
    kernels.append(kernel)
    slotCount = max(slotCount, places.count)
  }

  mutating func append(_ call: PartCall) {
    append(.call(partCalls.count), of: addUnit("\(call.sums.count) sums over parts", operations: 0))
    partCalls.append(call)
  }

  mutating func appendCopy(from source: Location, to target: Int, count: Int) {
    append(.copy(from: source, to: target, count: count), of: addUnit("copy \(count)", operations: 0))
  }
}
