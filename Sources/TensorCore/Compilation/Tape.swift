/// A program's instructions as plain numbers in flat arrays.
///
/// The loop that runs them copies trivial values alone: no reference is counted, which two workers that run one program
/// would otherwise do to the same counters, and which costs more than the arithmetic of a small network.
struct Tape<Scalar: TensorScalar>: Sendable {
  enum Instruction: Sendable {
    /// The number of a pass.
    case pass(Int)
    /// The number of a kernel call.
    case kernel(Int)
    case copy(from: Location, to: Int, count: Int)
  }

  /// A fused pass: see ``FusedPass``, whose arrays are ranges here.
  struct Pass: Sendable {
    let count: Int
    let blockCount: Int
    let loads: Range<Int>
    let registerCount: Int
    let stores: Range<Int>
    let steps: Range<Int>
  }

  struct Load: Sendable {
    enum Kind: Sendable { case contiguous, uniform, periodic, strided }
    let kind: Kind
    let source: Location
    /// The axes of a periodic or strided load.
    let axes: Range<Int>
  }

  struct Step: Sendable {
    let function: ElementwiseFunction
    /// Slots; those that the function does not have are 0.
    let first: Int
    let second: Int
    let third: Int
    let destination: Int
  }

  struct KernelCall: Sendable {
    let operands: Range<Int>
    let result: Int
  }

  private(set) var instructions: [Instruction] = []
  private(set) var passes: [Pass] = []
  private(set) var loads: [Load] = []
  private(set) var axes: [StridedIndex.Axis] = []
  private(set) var stores: [Int] = []
  private(set) var steps: [Step] = []
  private(set) var calls: [KernelCall] = []
  private(set) var operands: [Location] = []
  private(set) var kernels: [any Kernel] = []
  /// Scratch elements that the widest pass needs.
  private(set) var scratchCount = 0
  /// Slots that the widest pass or call needs.
  private(set) var slotCount = 0

  mutating func append(_ pass: FusedPass<Scalar>) {
    let (firstLoad, firstStore, firstStep) = (loads.count, stores.count, steps.count)
    for load in pass.loads { append(load) }
    stores += pass.stores
    steps += pass.steps.map { step in
      func slot(_ position: Int) -> Int { position < step.operands.count ? step.operands[position] : 0 }
      return Step(
        function: step.function, first: slot(0), second: slot(1), third: slot(2), destination: step.destination)
    }
    instructions.append(.pass(passes.count))
    passes.append(
      Pass(
        count: pass.count, blockCount: pass.blockCount, loads: firstLoad..<loads.count,
        registerCount: pass.registerCount, stores: firstStore..<stores.count, steps: firstStep..<steps.count))
    scratchCount = max(scratchCount, pass.scratchCount)
    slotCount = max(slotCount, pass.slotCount)
  }

  private mutating func append(_ load: FusedPass<Scalar>.Load) {
    let (kind, source, index): (Load.Kind, Location, StridedIndex?) =
      switch load {
      case .contiguous(let location): (.contiguous, location, nil)
      case .uniform(let location): (.uniform, location, nil)
      case .periodic(let location, let index): (.periodic, location, index)
      case .strided(let location, let index): (.strided, location, index)
      }
    let first = axes.count
    axes += index?.axes ?? []
    loads.append(Load(kind: kind, source: source, axes: first..<axes.count))
  }

  mutating func append(_ kernel: any Kernel, operands places: [Location], result: Int) {
    instructions.append(.kernel(calls.count))
    calls.append(KernelCall(operands: operands.count..<operands.count + places.count, result: result))
    operands += places
    kernels.append(kernel)
    slotCount = max(slotCount, places.count)
  }

  mutating func appendCopy(from source: Location, to target: Int, count: Int) {
    instructions.append(.copy(from: source, to: target, count: count))
  }
}
