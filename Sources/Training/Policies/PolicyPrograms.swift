package import MetaLearning
package import NeuralNetworks
package import PolicyLearning
import Rollouts
package import Runs
package import TensorCore

/// The compiled computations with which a policy run trains, which all workers share.
package struct PolicyPrograms: Sendable {
  /// The inputs of a task's meta-gradient, apart from the task's samples.
  package struct Inputs: TensorStructure {
    package var parameters: MetaParameters<Float>
    /// The random numbers that the task draws for its update rules, if any.
    package var noise: [Parameters<Float>]

    package mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try noise.forEachTensor(body)
    }
  }

  /// What comes of a task.
  package struct Outputs: TensorStructure {
    /// The policy's parameters before the first inner step and after each one.
    package var adapted: [Parameters<Float>]
    /// The sum of the squares of the gradient of each inner step.
    package var innerGradients: [Tensor<Float>]
    /// The outer loss.
    package var loss: Tensor<Float>
    /// The gradient of the outer loss.
    package var gradient: MetaParameters<Float>
    /// The gradient of the mean log-probability of the actions before adaptation, one where the outer objective has a term
    /// for them, none otherwise.
    package var explorationGradients: [Parameters<Float>]

    package mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try adapted.forEachTensor(body)
      try innerGradients.forEachTensor(body)
      try loss.forEachTensor(body)
      try gradient.forEachTensor(body)
      try explorationGradients.forEachTensor(body)
    }
  }

  /// The meta-gradient of a task. Its data sets are the samples of each adaptation step, of which the last ones are drawn
  /// after all inner steps; their parts are those of the episodes.
  package typealias MetaGradient = StagedProgram<Inputs, PolicySamples<Float>, Outputs>

  package let parts: EpisodeParts
  package let metaGradient: MetaGradient
  /// The compiled policy, from observations to the means of actions, for each part of the episodes.
  let inferences: [PolicyInference]

  package init(_ setup: PolicySetup) {
    let layout = setup.initialParameters
    let parts = EpisodeParts(episodes: setup.size.episodes)
    let sizes = parts.sizes(of: setup.size)
    let (objective, algorithm) = (setup.objective, setup.algorithm)
    let wantsExploration = setup.terms.exploration > 0
    self.parts = parts
    let distinct = Dictionary(
      sizes.map(\.episodes).map { ($0, PolicyInference(setup.policy, layout: layout.model, episodes: $0)) }
    ) { first, _ in first }
    inferences = sizes.compactMap { distinct[$0.episodes] }
    metaGradient = MetaGradient(
      for: Inputs(parameters: layout, noise: setup.noise.placeholders(tasks: nil)), dataSets: setup.stepCount + 1,
      parts: sizes.map { PolicySamples(placeholdersFor: $0) }
    ) { inputs, samples in
      let supportLosses: [Adaptation.Loss<Float>] = samples.dropLast().map { samples in
        { policy in samples.sum(at: policy) { objective.loss($0, on: $1) } }
      }
      let (loss, gradient) = algorithm.outerLossAndGradient(
        inputs.parameters, supportLosses: supportLosses,
        queryLoss: { policy in samples[samples.count - 1].sum(at: policy) { objective.outer.loss($0, on: $1) } },
        noise: inputs.noise)
      let way = algorithm.adaptation.way(inputs.parameters, losses: supportLosses, noise: inputs.noise)
      return Outputs(
        adapted: way.models, innerGradients: way.gradients.map { $0.innerProduct(with: $0) }, loss: loss,
        gradient: gradient,
        explorationGradients: wantsExploration
          ? [
            TensorCore.gradient(at: inputs.parameters.model) { model in
              samples[0].sum(at: model) { objective.meanLogProbability($0, on: $1) }
            }
          ] : [])
    }
  }
}

/// The compiled computations with which a trained policy adapts, for any number of inner steps.
package struct PolicyAdaptationPrograms: Sendable {
  /// The compiled policy, from observations to the means of actions.
  package let inference: PolicyInference
  /// The compiled inner steps of one task.
  package let innerLoop: InnerLoopPrograms<PolicySamples<Float>>

  /// The compiled policy for the episodes that a score takes.
  let scoring: PolicyInference
  /// The sizes of the episodes of an inner step and of those of a score.
  let sizes: (adaptation: EpisodeBatchSize, scored: EpisodeBatchSize)
  /// Whether a score takes other episodes than an inner step.
  let scoresApart: Bool

  /// - Parameter counts: the numbers of episodes; nil for the configuration's, which both adapt and score where the
  ///   exploration is not apart.
  package init(_ setup: PolicySetup, episodes counts: EvaluationRequest.EpisodeCounts? = nil) {
    let layout = setup.initialParameters
    let size = setup.size.of(episodes: counts?.adaptation ?? setup.size.episodes)
    sizes = (size, setup.size.of(episodes: counts?.scored ?? setup.size.episodes))
    scoresApart = counts != nil || setup.objective.exploration != nil
    let samples = PolicySamples<Float>(placeholdersFor: size)
    let objective = setup.objective
    inference = PolicyInference(setup.policy, layout: layout.model, episodes: size.episodes)
    scoring =
      sizes.scored == size
      ? inference : PolicyInference(setup.policy, layout: layout.model, episodes: sizes.scored.episodes)
    let problem = AdaptationProblem(
      layout: layout, tasks: nil, support: samples, query: samples,
      supportLosses: { policy, samples, _ in objective.loss(policy, on: samples) },
      queryLosses: { objective.outer.loss($0, on: $1) })
    let adaptation = setup.configuration[PolicyAdaptationSettings.self].applied(
      to: setup.algorithm.adaptation, steps: setup.stepCount)
    innerLoop = InnerLoopPrograms(adaptation, problem)
  }
}
