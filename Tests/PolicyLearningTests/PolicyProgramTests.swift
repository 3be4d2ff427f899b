import Environments
import MetaLearning
import NeuralNetworks
import PolicyLearning
import RandomStreams
import Rollouts
import TensorCore
import Testing
import Workers

@Suite struct PolicyProgramTests {
  let policy = GaussianPolicy(network: MultilayerPerceptron(inputSize: 17, hiddenSizes: [8], outputSize: 6))
  let size = EpisodeBatchSize(episodes: 4, horizon: 6, observationSize: 17, actionSize: 6)

  func parameters(seed: UInt64 = 1) -> Parameters<Float> {
    var stream = RandomAddress(seed: seed, purpose: .initialization).stream
    return policy.initialParameters(from: &stream)
  }

  @Test func anActorGivesThePolicysMeansAndDeviations() {
    var parameters = parameters()
    parameters[GaussianPolicy.logStandardDeviationName] = Tensor<Float>([-1, 0, 1, -20, 0.5, 2])
    let actor = PolicyInference(policy, layout: parameters, episodes: 4).makeActor()
    actor.load(parameters)
    let batch = makeRandomBatch(size)
    let observations = Array(batch.observations.prefix(4 * 17))
    var means = Array(repeating: Float(0), count: 24)
    var deviations = Array(repeating: Float(0), count: 6)
    var meanRoom = means.mutableSpan
    actor.writeOutputs(for: observations.span, into: &meanRoom)
    var deviationRoom = deviations.mutableSpan
    actor.writeStandardDeviations(into: &deviationRoom)
    let expected = policy.outputs(parameters, Tensor(shape: [4, 17], scalars: observations)).scalars
    // The same sums of 17 and 8 numbers, perhaps in another order.
    #expect(zip(means, expected).allSatisfy { abs($0 - $1) < 1e-5 })
    // The fourth is held at the policy's minimum; exp is within 3 units in the last place.
    let logarithms: [Float] = [-1, 0, 1, -13.815511, 0.5, 2]
    let expectedDeviations = exp(Tensor(logarithms)).scalars
    #expect(zip(deviations, expectedDeviations).allSatisfy { abs($0 / $1 - 1) < 1e-5 })
  }

  @Test func anActorTakesTheParametersThatAProgramLeaves() {
    let parameters = parameters()
    let inference = PolicyInference(policy, layout: parameters, episodes: 1)
    let workspace = Program(for: parameters) { $0.map { $0 + 0 } }.makeWorkspace()
    workspace.inputs.write(parameters)
    workspace.run()
    let (loaded, direct) = (inference.makeActor(), inference.makeActor())
    loaded.load(workspace.outputs)
    direct.load(parameters)
    func means(_ actor: PolicyActor) -> [Float] {
      var means = Array(repeating: Float(0), count: 6)
      var room = means.mutableSpan
      actor.writeOutputs(for: Array(repeating: Float(0.3), count: 17).span, into: &room)
      return means
    }
    #expect(means(loaded) == means(direct))
  }

  private struct Inputs: TensorStructure {
    var parameters: Parameters<Float>
    var samples: [PolicySamples<Float>]

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try samples.forEachTensor(body)
    }
  }

  @Test func aCompiledMetaGradientReadsTheSamplesOfEveryStep() {
    let parameters = parameters()
    let objective = PolicyObjective(policy: policy)
    let algorithm = MAML(rate: 0.1).objective
    func outer(_ inputs: Inputs) -> Parameters<Float> {
      algorithm.outerLossAndGradient(
        algorithm.adaptation.metaParameters(startingFrom: inputs.parameters),
        supportLosses: [objective.loss(on: inputs.samples[0])], queryLoss: objective.outer.loss(on: inputs.samples[1])
      ).gradient.model
    }
    let placeholders = PolicySamples<Float>(placeholdersFor: size)
    let workspace = Program(for: Inputs(parameters: parameters, samples: [placeholders, placeholders]), outer)
      .makeWorkspace()
    workspace.inputs.parameters.write(parameters)
    let batch = makeRandomBatch(size, endsEarly: true)
    let divisor = SurrogateNormalization.timeSteps.divisor(of: batch)
    for step in 0...1 {
      workspace.inputs.samples[step].write(batch, advantages: batch.rewards, divisor: divisor, timeSteps: divisor)
    }
    workspace.run()

    let rows = size.timeSteps
    let samples = PolicySamples(
      observations: Tensor(shape: [rows, 17], scalars: Array(batch.observations.prefix(rows * 17))),
      actions: Tensor(shape: [rows, 6], scalars: batch.actions),
      outputs: Tensor(shape: [rows, 6], scalars: batch.outputs), logDeviations: .zeros([6]),
      advantages: Tensor(shape: [6, 4], scalars: batch.rewards), mask: Tensor(shape: [6, 4], scalars: batch.mask))
    let eager = outer(Inputs(parameters: parameters, samples: [samples, samples]))
    for (found, expected) in zip(workspace.outputs.arrays, eager.tensors) {
      // Both sum the same some hundred products of size 1 in Float, perhaps in another order.
      #expect(zip(found, expected.scalars).allSatisfy { abs($0 - $1) < 1e-4 })
      #expect(expected.scalars.contains { $0 != 0 })
    }
  }

  @Test func anyNumberOfWorkersCollectsAndWeighsTheSameBits() throws {
    let family = {
      var family = CheetahDirectionFamily()
      family.locomotion.horizon = 6
      return family
    }()
    let model = try family.readModel()
    let parameters = parameters()
    let inference = PolicyInference(policy, layout: parameters, episodes: 3)
    func run(workers: Int) throws -> [[Float]] {
      let pool = WorkerPool(count: workers)
      return try pool.map(jobs: 4) { job, _ in
        let environment = try family.makeEnvironment(model, count: 3)
        let collector = EpisodeCollector(environment: environment)
        let estimator = AdvantageEstimator(
          estimation: AdvantageEstimation(), baseline: job % 2 == 0 ? .linear : .network, size: collector.size)
        var batch = EpisodeBatch(size: collector.size)
        let actor = inference.makeActor()
        actor.load(parameters)
        let address = RandomAddress(seed: 1, purpose: .test, task: job)
        let task = family.tasks.tasks[job % 2]
        try collector.collect(into: &batch, task: task, policy: actor, at: address)
        try estimator.estimate(batch, at: address)
        return batch.rewards + estimator.advantages
      }
    }
    let one = try run(workers: 1)
    #expect(try run(workers: 2) == one)
    #expect(try run(workers: 3) == one)
    #expect(Set(one).count == 4)
  }
}
