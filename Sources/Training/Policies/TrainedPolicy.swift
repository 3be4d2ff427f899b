import Environments
import MetaLearning
import NeuralNetworks
import Parts
import PolicyLearning
import RandomStreams
import Rollouts
import Runs
import TensorCore

/// The policy of a trained run after some inner steps. Adapting makes another policy, and leaves this one as it is.
///
/// Only one thread at a time may use a policy.
public final class TrainedPolicy {
  /// The run that the policy is of.
  public let run: TrainedPolicyRun
  private let model: Parameters<Float>
  /// What each inner step adapted to; nil where the run itself has adapted.
  private let experience: [PolicyExperience]?
  /// The actors, by the number of rows.
  private var actors: [Int: PolicyActor] = [:]
  private var observed: [Float] = []
  private var outputs: [Float] = []
  private let bounds: [Float]

  init(of run: TrainedPolicyRun, model: Parameters<Float>, experience: [PolicyExperience]?) {
    (self.run, self.model, self.experience) = (run, model, experience)
    bounds = run.specification.observations.map { Float($0.bound) }
  }

  private var form: ActionForm { ActionForm(run.specification.actionSpace) }

  /// Writes the actions that the policy deems best, clipped as the environment clips them: the means of vectors, or the most
  /// probable choices.
  /// - Parameters:
  ///   - observations: `[rows, observationSize]`, as an environment gives them.
  ///   - actions: `[rows, actionSize]`.
  public func act(on observations: Span<Float>, into actions: inout MutableSpan<Float>) {
    writeOutputs(for: observations)
    switch run.specification.actionSpace {
    case .continuous(let elements):
      for index in 0..<actions.count {
        let bounds = elements[index % elements.count].bounds
        actions[index] = min(max(outputs[index], Float(bounds.lowerBound)), Float(bounds.upperBound))
      }
    case .discrete(let choices):
      for row in 0..<actions.count {
        let own = outputs[row * choices.count..<(row + 1) * choices.count]
        let best = own.indices.max { own[$0] < own[$1] } ?? own.startIndex
        actions[row] = Float(best - own.startIndex)
      }
    }
  }

  /// Writes actions for the episodes that an inner step adapts to: samples, before any clipping, with the deviation of the
  /// run's exploration.
  /// - Parameters:
  ///   - observations: `[rows, observationSize]`, as an environment gives them.
  ///   - seed: the seed of the samples.
  ///   - draw: the number of the draw; each has random numbers of its own.
  ///   - actions: `[rows, actionSize]`.
  public func explore(
    on observations: Span<Float>, seed: UInt64, draw: UInt32, into actions: inout MutableSpan<Float>
  ) {
    let actor = writeOutputs(for: observations)
    var deviations = [Float](repeating: 1, count: form.deviationCount)
    var room = deviations.mutableSpan
    actor.writeStandardDeviations(into: &room)
    let address = RandomAddress(seed: seed, purpose: .actionNoise, iteration: Int(draw))
    let outputs = outputs
    form.sample(outputs: outputs.span, deviations: deviations.span, at: address, into: &actions)
  }

  /// Writes the outputs of the network to `outputs`.
  @discardableResult private func writeOutputs(for observations: Span<Float>) -> PolicyActor {
    let rows = observations.count / bounds.count
    let actor = actor(rows: rows)
    observed.removeAll(keepingCapacity: true)
    for index in 0..<observations.count {
      let bound = bounds[index % bounds.count]
      observed.append(min(max(observations[index], -bound), bound))
    }
    if outputs.count != rows * form.outputSize { outputs = Array(repeating: 0, count: rows * form.outputSize) }
    // A second reference, not a copy: the span of a property would last too long.
    let observed = observed
    outputs.withUnsafeMutableBufferPointer { outputs in
      var room = outputs.mutableSpan
      actor.writeOutputs(for: observed.span, into: &room)
    }
    return actor
  }

  private func actor(rows: Int) -> PolicyActor {
    if let actor = actors[rows] { return actor }
    if actors.count >= Self.mostActors { actors = [:] }
    let actor = run.inference(rows: rows).makeActor()
    // The network is that of the adapted policy; the deviations are those of exploring.
    actor.load(run.setup.objective.exploring(model))
    actors[rows] = actor
    return actor
  }

  private static let mostActors = 8

  /// Makes one more inner step, on episodes of this policy's `explore`.
  /// - Returns: the policy after the step.
  /// - Throws: `PolicyExperience.Fault` where the episodes do not fit, or where the policy did not come from such steps alone;
  ///   `UserError` where the step leads to numbers that are not finite.
  public func adapted(to episodes: PolicyExperience) throws -> TrainedPolicy {
    guard let experience else {
      throw PolicyExperience.Fault.wrongState(
        "expected the run's policy or one that has adapted to given episodes, found one that has adapted to a task by its name"
      )
    }
    if let first = experience.first, first.lengths.count != episodes.lengths.count {
      throw PolicyExperience.Fault.wrongSize(
        "episodes: expected \(first.lengths.count) as in the step before, found \(episodes.lengths.count)")
    }
    let all = experience + [episodes]
    let setup = run.setup
    guard all.count < RandomAddress.adaptationStepCount else {
      throw PolicyExperience.Fault.wrongState("expected at most \(all.count - 1) inner steps, found one more")
    }
    let batches = try all.map { try $0.batch(of: setup.size, bounds: bounds) }
    let programs = run.adaptation(episodes: episodes.lengths.count)
    let loop = programs.innerLoop.makeLoop()
    let actor = programs.inference.makeActor()
    let estimator = AdvantageEstimator(
      estimation: setup.estimation, baseline: setup.baseline, size: programs.sizes.adaptation)
    var address = RandomAddress(seed: UInt64(run.configuration.run.seed), purpose: .actionNoise)
    loop.restart(from: run.parameters, noise: setup.noise.values(at: address))
    return try Divergence.explained(run.configuration) {
      for var batch in batches {
        actor.load(setup.objective.exploring(loop.model.read()))
        batch.fillOutputs(of: actor)
        try estimator.estimate(batch, at: address)
        loop.samples.write(
          batch, advantages: estimator.advantages, divisor: setup.normalization.divisor(of: batch),
          timeSteps: Float(batch.validTimeSteps))
        loop.step()
        address.adaptationStep += 1
      }
      let model = loop.model.read()
      guard model.tensors.allSatisfy({ $0.scalars.allSatisfy(\.isFinite) }) else {
        throw Divergence.error("a parameter after inner step \(all.count) is not a finite number", run.configuration)
      }
      return TrainedPolicy(of: run, model: model, experience: all)
    }
  }
}

extension EpisodeBatch {
  /// Fills in the outputs and the deviations by which a policy samples actions at the batch's observations.
  fileprivate mutating func fillOutputs(of actor: PolicyActor) {
    let (observed, width) = (size.episodes * size.observationSize, size.episodes * size.outputSize)
    let source = observations
    for time in 0..<size.horizon {
      var outputs = [Float](repeating: 0, count: width)
      var room = outputs.mutableSpan
      actor.writeOutputs(for: source.span.extracting(time * observed..<(time + 1) * observed), into: &room)
      self.outputs.replaceSubrange(time * width..<(time + 1) * width, with: outputs)
    }
    var room = deviations.mutableSpan
    actor.writeStandardDeviations(into: &room)
  }
}
