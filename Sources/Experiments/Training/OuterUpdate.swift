import NeuralNetworks
import TensorCore

/// One step of an outer optimizer as a compiled program: clipping, the running averages and the parameters in one go. What it
/// leaves stays in the workspace for the next.
final class OuterUpdate {
  private struct Inputs: TensorStructure {
    var parameters: Parameters<Float>
    var gradient: Parameters<Float>
    var moments: [Parameters<Float>]
    var coefficients: [Tensor<Float>]

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try gradient.forEachTensor(body)
      try moments.forEachTensor(body)
      try coefficients.forEachTensor(body)
    }
  }

  private struct Outputs: TensorStructure {
    /// The gradient's global norm before clipping.
    var norm: Tensor<Float>
    var parameters: Parameters<Float>
    var moments: [Parameters<Float>]

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try norm.forEachTensor(body)
      try parameters.forEachTensor(body)
      try moments.forEachTensor(body)
    }
  }

  private let workspace: Workspace<Inputs, Outputs>
  private let parameters: Buffers<Parameters<Float>>
  private let gradient: Buffers<Parameters<Float>>
  private let storedMoments: Buffers<[Parameters<Float>]>
  private let coefficients: Buffers<[Tensor<Float>]>
  private let norm: Buffers<Tensor<Float>>
  private let nextParameters: Buffers<Parameters<Float>>
  private let nextMoments: Buffers<[Parameters<Float>]>

  /// - Parameter clip: the largest global norm of a gradient, longer ones are scaled to it; 0 for none.
  init(of layout: Parameters<Float>, optimizer: any Optimizer, clip: Double) {
    let initial: OptimizerState<Float> = optimizer.initialState(for: layout)
    let inputs = Inputs(
      parameters: layout, gradient: layout, moments: initial.moments,
      coefficients: optimizer.coefficients(step: 1).map { _ in .placeholder(.scalar) })
    let program = Program(for: inputs) { inputs in
      let limited = clip > 0 ? inputs.gradient.clipped(toGlobalNorm: Float(clip)) : inputs.gradient
      let (moved, moments) = optimizer.step(
        inputs.parameters, gradient: limited, moments: inputs.moments, coefficients: inputs.coefficients)
      return Outputs(norm: inputs.gradient.globalNorm(), parameters: moved, moments: moments)
    }
    workspace = program.makeWorkspace()
    parameters = workspace.inputs.parameters
    gradient = workspace.inputs.gradient
    storedMoments = workspace.inputs.moments
    coefficients = workspace.inputs.coefficients
    norm = workspace.outputs.norm
    nextParameters = workspace.outputs.parameters
    nextMoments = workspace.outputs.moments
  }

  /// Sets what the next step starts from.
  func set(_ parameters: Parameters<Float>, moments: [Parameters<Float>]) {
    self.parameters.write(parameters)
    storedMoments.write(moments)
  }

  /// What the next step starts from beside the parameters.
  var moments: [Parameters<Float>] { storedMoments.read() }

  /// The parameters after one step against `gradient`; nil where the gradient's norm is not finite, and nothing has then
  /// changed.
  func step(against gradient: Parameters<Float>, coefficients: [Double]) -> Parameters<Float>? {
    self.gradient.write(gradient)
    self.coefficients.write(coefficients.map { Float($0) })
    workspace.run()
    guard norm.scalars[0].isFinite else { return nil }
    parameters.copy(from: nextParameters)
    storedMoments.copy(from: nextMoments)
    return nextParameters.read()
  }
}
