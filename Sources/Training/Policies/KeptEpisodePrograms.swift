import MetaLearning
import NeuralNetworks
import PolicyLearning
import Rollouts
import TensorCore

/// The computations on kept episodes, at other meta-parameters than those at which they were collected: what a trial point
/// is worth, the gradient of a pass of PPO, and the metric of a trust region. A step compiles those that it needs.
struct KeptEpisodePrograms: Sendable {
  /// The change of a task's adapted policy that comes of other meta-parameters.
  struct Change: TensorStructure {
    /// The loss after adaptation, by likelihood ratios.
    var loss: Tensor<Float>
    /// The mean Kullback-Leibler divergence of the adapted policy from that which sampled.
    var divergence: Tensor<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try loss.forEachTensor(body)
      try divergence.forEachTensor(body)
    }
  }

  /// The inputs of a trial.
  struct TrialInputs: TensorStructure {
    var point: PolicyPrograms.Inputs
    /// The weight of the log-probabilities of the actions before adaptation.
    var weightBefore: Tensor<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try point.forEachTensor(body)
      try weightBefore.forEachTensor(body)
    }
  }

  /// The inputs of a pass over the samples.
  struct PassInputs: TensorStructure {
    var point: PolicyPrograms.Inputs
    /// The weight of the divergence of the policy before adaptation.
    var penalty: Tensor<Float>
    /// The weight of the log-probabilities of the actions before adaptation.
    var weightBefore: Tensor<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try point.forEachTensor(body)
      try penalty.forEachTensor(body)
      try weightBefore.forEachTensor(body)
    }
  }

  /// What a pass over the samples gives.
  struct PassOutputs: TensorStructure {
    /// The mean divergence of the adapted policy from that which sampled.
    var divergence: Tensor<Float>
    /// The mean divergence of the policy before adaptation from that which sampled.
    var divergenceBefore: Tensor<Float>
    /// The share of the time steps whose likelihood ratio lies outside of the clip.
    var clippedShare: Tensor<Float>
    var gradient: MetaParameters<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try divergence.forEachTensor(body)
      try divergenceBefore.forEachTensor(body)
      try clippedShare.forEachTensor(body)
      try gradient.forEachTensor(body)
    }
  }

  /// The inputs of the product with a task's metric.
  struct MetricInputs: TensorStructure {
    var point: PolicyPrograms.Inputs
    /// The policy after the last inner step.
    var adapted: Parameters<Float>
    /// The vector that is multiplied, of the form of the model's parameters.
    var direction: Parameters<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try point.forEachTensor(body)
      try adapted.forEachTensor(body)
      try direction.forEachTensor(body)
    }
  }

  typealias Trial = StagedProgram<TrialInputs, PolicySamples<Float>, Change>
  typealias Pass = StagedProgram<PassInputs, PolicySamples<Float>, PassOutputs>
  typealias Metric = StagedProgram<MetricInputs, PolicySamples<Float>, Parameters<Float>>

  /// The metric takes one of so many samples, counted through the episodes of each time step: a product takes as long as a
  /// gradient of as many. Where it passes through the adaptation, the Hessian of the inner loss needs more of them. No
  /// divisor of the episodes of a part, so that every time step and every episode is there.
  let stride: Int

  private let trace: Trace
  private let point: PolicyPrograms.Inputs
  private let dataSets: Int
  private let sizes: [EpisodeBatchSize]

  init(_ setup: PolicySetup) {
    trace = Trace(
      objective: setup.objective.elsewhere, algorithm: setup.algorithm, wantsExploration: setup.terms.exploration > 0)
    point = PolicyPrograms.Inputs(parameters: setup.initialParameters, noise: setup.noise.placeholders(tasks: nil))
    dataSets = setup.stepCount + 1
    let passesThrough = setup.algorithm.adaptation.phases.contains { $0.gradients != .stopped }
    stride = setup.algorithm.metaGradient == .differentiated && passesThrough ? 5 : 11
    sizes = EpisodeParts(episodes: setup.size.episodes).sizes(of: setup.size)
  }

  /// The program of what a trial point is worth.
  func trial() -> Trial {
    Trial(
      for: TrialInputs(point: point, weightBefore: .placeholder(.scalar)), dataSets: dataSets,
      parts: sizes.map { PolicySamples(placeholdersFor: $0) }, trace.change)
  }

  /// The program of the gradient of the loss with clipped likelihood ratios.
  func pass(clip: Double) -> Pass {
    Pass(
      for: PassInputs(point: point, penalty: .placeholder(.scalar), weightBefore: .placeholder(.scalar)),
      dataSets: dataSets,
      parts: sizes.map { PolicySamples(placeholdersFor: $0) }
    ) { trace.pass($0, $1, clip: Float(clip)) }
  }

  /// The program of the product with the metric.
  func metric() -> Metric {
    let model = point.parameters.model
    return Metric(
      for: MetricInputs(point: point, adapted: model, direction: model), dataSets: dataSets,
      parts: sizes.map { PolicySamples(placeholdersFor: $0.thinned(by: stride)) }, trace.product)
  }

  /// The bodies of the programs.
  private struct Trace: Sendable {
    let objective: PolicyObjective
    let algorithm: MetaObjective
    let wantsExploration: Bool

    /// The objective of the episodes that an adaptation ends with, whose deviation is the policy's own.
    private var last: PolicyObjective { objective.ofAdapted }

    /// The adapted policy, and the samples that tell what it is worth: without an adaptation, those before it.
    private func adapted(
      _ point: PolicyPrograms.Inputs, _ samples: [DataParts<PolicySamples<Float>>]
    ) -> (policy: Parameters<Float>, samples: DataParts<PolicySamples<Float>>) {
      if algorithm.metaGradient == .unadapted { return (point.parameters.model, samples[0]) }
      let policy = algorithm.adaptation(point.parameters, losses: supportLosses(samples), noise: point.noise)
      return (policy, samples[samples.count - 1])
    }

    private func supportLosses(_ samples: [DataParts<PolicySamples<Float>>]) -> [Adaptation.Loss<Float>] {
      samples.dropLast().map { samples in { policy in samples.sum(at: policy) { objective.loss($0, on: $1) } } }
    }

    func pass(
      _ inputs: PassInputs, _ samples: [DataParts<PolicySamples<Float>>], clip: Float
    ) -> PassOutputs {
      let (policy, query) = adapted(inputs.point, samples)
      func loss(_ policy: Parameters<Float>) -> Tensor<Float> {
        query.sum(at: policy) { last.clippedLoss($0, on: $1, clip: clip).loss }
      }
      func divergenceBefore(_ model: Parameters<Float>) -> Tensor<Float> {
        samples[0].sum(at: model) { objective.divergence($0, on: $1) }
      }
      let start = inputs.point.parameters
      var gradient: MetaParameters<Float>
      if algorithm.metaGradient == .unadapted {
        gradient = start.zeros
        gradient.model = TensorCore.gradient(at: start.model, of: loss)
      } else {
        gradient =
          algorithm.outerLossAndGradient(
            start, supportLosses: supportLosses(samples), queryLoss: loss, noise: inputs.point.noise
          ).gradient
      }
      if wantsExploration {
        gradient.model =
          gradient.model - inputs.weightBefore
          * TensorCore.gradient(at: start.model) { model in
            samples[0].sum(at: model) { objective.meanLogProbability($0, on: $1) }
          }
      }
      gradient.model =
        gradient.model + inputs.penalty * TensorCore.gradient(at: start.model, of: divergenceBefore)
      return PassOutputs(
        divergence: query.sum(at: policy) { last.divergence($0, on: $1) },
        divergenceBefore: divergenceBefore(start.model),
        clippedShare: query.sum(at: policy) { last.clippedLoss($0, on: $1, clip: clip).clippedShare },
        gradient: gradient)
    }

    func change(_ inputs: TrialInputs, _ samples: [DataParts<PolicySamples<Float>>]) -> Change {
      let (policy, query) = adapted(inputs.point, samples)
      var loss = query.sum(at: policy) { last.loss($0, on: $1) }
      if wantsExploration {
        // By how much the actions before adaptation have become more probable.
        let gain = samples[0].sum(at: inputs.point.parameters.model) {
          objective.meanLogProbability($0, on: $1)
            - (objective.sampledLogProbabilities(of: $1) * $1.mask.flattened()).sum() / $1.timeSteps
        }
        loss = loss - inputs.weightBefore * gain
      }
      return Change(loss: loss, divergence: query.sum(at: policy) { last.divergence($0, on: $1) })
    }

    /// J^T F J v: J is the derivative of the adapted policy by the meta-parameters as the algorithm has it, the identity
    /// for one of first order, and F the mean Fisher matrix of the adapted policy.
    func product(_ inputs: MetricInputs, _ samples: [DataParts<PolicySamples<Float>>]) -> Parameters<Float> {
      func pulledBack(_ cotangent: Parameters<Float>) -> Parameters<Float> {
        gradient(at: inputs.point.parameters.model) { model in
          var point = inputs.point
          point.parameters.model = model
          return adapted(point, samples).policy.innerProduct(with: cotangent)
        }
      }
      // J v is the derivative of (J^T u, v) by u, which is linear in u.
      let change = gradient(at: inputs.adapted) { pulledBack($0).innerProduct(with: inputs.direction) }
      let query = adapted(inputs.point, samples).samples
      let product = gradient(at: change) { change in
        query.sum(at: [inputs.adapted, change]) { last.halfFisherNorm($0[0], along: $0[1], on: $1) }
      }
      let name = PolicyObjective.logExplorationName
      guard inputs.direction.names.contains(name) else { return pulledBack(product) }
      // The policy before adaptation: a normal distribution has the information 2 about log s.
      let own = Parameters([(name, 2 * inputs.direction[name])])
      let all = pulledBack(product)
      return all.merging(Parameters([(name, all[name] + own[name])]))
    }
  }
}
