import Environments
import RandomStreams
import Rollouts

/// A batch with the given rewards, [horizon][episodes]; nil where the episode is over.
func makeBatch(rewards: [[Float?]]) -> EpisodeBatch {
  var batch = EpisodeBatch(
    size: EpisodeBatchSize(episodes: rewards[0].count, horizon: rewards.count, observationSize: 1, actionSize: 1))
  batch.rewards = rewards.flatMap { $0.map { $0 ?? 0 } }
  batch.mask = rewards.flatMap { $0.map { $0 == nil ? 0 : 1 } }
  return batch
}

/// A batch of random observations, in which every third episode ends early if `endsEarly`.
func makeRandomBatch(_ size: EpisodeBatchSize, endsEarly: Bool = false) -> EpisodeBatch {
  var batch = EpisodeBatch(size: size)
  var stream = RandomAddress(seed: 5, purpose: .test).stream
  for index in batch.observations.indices { batch.observations[index] = Float(stream.normal()) }
  for index in batch.actions.indices { batch.actions[index] = Float(stream.normal()) }
  for index in batch.rewards.indices {
    let (time, episode) = (index / size.episodes, index % size.episodes)
    let runs = !endsEarly || episode % 3 != 0 || time < size.horizon / 2
    batch.mask[index] = runs ? 1 : 0
    batch.rewards[index] = runs ? Float(stream.normal()) : 0
  }
  return batch
}
