import NeuralNetworks
import TensorCore

/// One step of an outer optimizer as a compiled program: clipping, the running averages and the parameters in one go.
///
/// Arguments are the parameters, the gradient and the moments, then the optimizer's coefficients; results are the
/// gradient's global norm before clipping, the new parameters and the new moments. These stay in the workspace from one step
/// to the next.
final class OuterUpdate {
  private let workspace: Workspace<Float>
  private let layout: Parameters<Float>
  /// Those of the layout.
  private let shapes: [Shape]
  private let momentCount: Int

  private var count: Int { shapes.count }

  /// - Parameter clip: the largest global norm of a gradient, longer ones are scaled to it; 0 for none.
  init(of layout: Parameters<Float>, optimizer: any Optimizer, clip: Double) {
    let initial: OptimizerState<Float> = optimizer.initialState(for: layout)
    let moments = initial.moments.count
    let coefficients = optimizer.coefficients(step: 1).count
    self.layout = layout
    shapes = layout.shapes
    momentCount = moments
    let shapes = Array(repeating: shapes, count: 2 + moments).flatMap { $0 }
    let program = Program<Float>(argumentShapes: shapes + Array(repeating: .scalar, count: coefficients)) { arguments in
      let groups = (0..<2 + moments).map { layout.replacingTensors(Self.slice(arguments, group: $0, of: layout)) }
      let limited = clip > 0 ? groups[1].clipped(toGlobalNorm: Float(clip)) : groups[1]
      let (moved, averages) = optimizer.step(
        groups[0], gradient: limited, moments: Array(groups.dropFirst(2)),
        coefficients: Array(arguments.suffix(coefficients)))
      return [groups[1].globalNorm()] + moved.tensors + averages.flatMap(\.tensors)
    }
    workspace = program.makeWorkspace()
  }

  private static func slice<Element>(_ all: [Element], group: Int, of layout: Parameters<Float>) -> [Element] {
    let count = layout.tensors.count
    return Array(all[group * count..<(group + 1) * count])
  }

  /// Where group `group` of the state begins among the arguments, the gradient being no part of it: the parameters are
  /// group 0, then come the moments.
  private func firstArgument(ofGroup group: Int) -> Int { (group == 0 ? 0 : group + 1) * count }

  /// Sets what the next step starts from.
  func set(_ parameters: Parameters<Float>, moments: [Parameters<Float>]) {
    precondition(moments.count == momentCount, "\(moments.count) moments for an optimizer of \(momentCount)")
    for (group, values) in ([parameters] + moments).enumerated() {
      for (index, tensor) in values.tensors.enumerated() {
        workspace.setArgument(firstArgument(ofGroup: group) + index, to: tensor.scalars)
      }
    }
  }

  /// What the next step starts from beside the parameters.
  var moments: [Parameters<Float>] {
    (0..<momentCount).map { moment in
      let first = firstArgument(ofGroup: 1 + moment)
      return layout.replacingTensors(
        shapes.enumerated().map { Tensor(shape: $1, scalars: workspace.argument(first + $0)) })
    }
  }

  /// The parameters after one step against `gradient`; nil where the gradient's norm is not finite, and nothing has then
  /// changed.
  func step(against gradient: [[Float]], coefficients: [Double]) -> Parameters<Float>? {
    for (index, scalars) in gradient.enumerated() { workspace.setArgument(count + index, to: scalars) }
    for (index, coefficient) in coefficients.enumerated() {
      workspace.setArgument((2 + momentCount) * count + index, to: [Float(coefficient)])
    }
    workspace.run()
    guard workspace.result(0)[0].isFinite else { return nil }
    for group in 0...momentCount {
      let first = firstArgument(ofGroup: group)
      for index in 0..<count {
        workspace.setArgument(first + index, toResult: 1 + group * count + index, of: workspace)
      }
    }
    return layout.replacingTensors(
      shapes.enumerated().map { Tensor(shape: $1, scalars: workspace.result(1 + $0)) })
  }
}
