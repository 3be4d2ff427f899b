import ImageData
import Parts

extension ImageTaskFamily {
  /// Every family of image tasks, in the order in which they are listed.
  static let all = [glyphs, omniglot, mnistPairs, cifarFS, miniImageNet]

  /// The family of generated glyphs. It is small enough to learn in a minute; a perceptron on pixels takes smaller inner
  /// steps.
  private static let glyphs = ImageTaskFamily(
    Card(
      "glyphs", "characters of random pen strokes, drawn as they are needed: no data",
      source: "none; after Omniglot's protocol"), dataSet: nil, loss: .softmax,
    defaults: [
      "model": "mlp", "iterations": 2_000, "meta_batch_size": 16, "hidden_sizes": [64, 64], "initializer": "he",
      "inner_rate": 0.1, "checkpoint_interval": 100,
    ]
  ) { family, size, _ throws(DataError) in
    let tasks = GlyphTasks(ways: size.ways)
    return family.task(size, tasks, heldOut: tasks, validation: tasks, shape: GlyphTasks.shape)
  }

  private static let omniglot = ImageTaskFamily(
    Card(
      "omniglot", "handwritten characters, turned ones as characters of their own",
      source: "Vinyals et al. 2016; Finn, Abbeel, Levine 2017 (MAML), section 5.2"), dataSet: .named("omniglot"),
    loss: .softmax
  ) { family, size, folders throws(DataError) in try family.task(size, folders, choice: .distinctWithTurns) }

  /// The family of CIFAR-FS: 32 filters, inner rate 0.7 and outer rate 0.003 ("Decoupling adaptation from modeling with
  /// meta-optimizers", A.1.2).
  private static let cifarFS = ImageTaskFamily(
    Card("cifar-fs", "photographs of CIFAR-100, 32 x 32", source: "Bertinetto et al. 2019"),
    dataSet: .named("cifar-fs"), loss: .softmax,
    defaults: [
      "filters": 32, "iterations": 60_000, "meta_batch_size": 32, "ways": 10, "shots": 3, "inner_steps": 2,
      "inner_rate": 0.7, "outer_rate": 0.003,
    ]
  ) { family, size, folders throws(DataError) in try family.task(size, folders, choice: .distinct) }

  /// The family of mini-ImageNet: 4 tasks, 5 steps at 0.01; 32 filters, pooling, every pixel of the features used (MAML,
  /// section 5.2 and A.1).
  private static let miniImageNet = ImageTaskFamily(
    Card(
      "mini-imagenet", "photographs of ImageNet, 84 x 84", source: "Vinyals et al. 2016; Ravi, Larochelle 2017"),
    dataSet: .named("mini-imagenet"), loss: .softmax,
    defaults: [
      "filters": 32, "pooling": 2, "features": "flat", "iterations": 60_000, "meta_batch_size": 4, "inner_steps": 5,
      "inner_rate": 0.01,
    ]
  ) { family, size, folders throws(DataError) in try family.task(size, folders, choice: .distinct) }

  /// The family of MNIST pairs. MLSR, section 4.2, specifies only the network, and evaluates on 1,000 tasks. The paper
  /// draws held-out tasks from the same pool of pairs; here their pairs and their images are held out.
  private static let mnistPairs = ImageTaskFamily(
    Card("mnist-pairs", "which of two digits, in either order", source: "Lou, Zhao, Wang 2021 (MLSR), section 4.2"),
    dataSet: .named("mnist"), loss: .logistic, evaluationTasks: 1_000,
    defaults: [
      "model": "mlp", "ways": 2, "shots": 5, "queries": 15, "iterations": 10_000, "meta_batch_size": 25,
      "hidden_sizes": [100, 20], "activation": "sigmoid", "inner_rate": 1,
    ]
  ) { family, size, folders throws(DataError) in
    guard size.ways == 2 else {
      throw DataError(at: "mnist-pairs", expected: "ways of 2", found: "\(size.ways)")
    }
    return try family.task(size, folders, choice: .groups(DigitPairs.training), heldOutChoice: .groups(DigitPairs.test))
  }
}

/// The 45 pairs of digits in two parts, such that each digit is in both. The sums of the test pairs are multiples of 5.
enum DigitPairs {
  static let training = all.filter { !isTest($0) }
  static let test = all.filter(isTest)

  private static let all = (0..<10).flatMap { low in (low + 1..<10).map { [low, $0] } }

  private static func isTest(_ pair: [Int]) -> Bool { pair.reduce(0, +).isMultiple(of: 5) }
}

extension ImageTaskFamily {
  fileprivate func task(
    _ size: ImageTaskSize, _ folders: DataFolders, choice: ImageTasks.Choice, heldOutChoice: ImageTasks.Choice? = nil
  ) throws(DataError) -> FewShotTask {
    guard let dataSet else { preconditionFailure("\(card.name) has no data set") }
    let folder = try folders.find(dataSet)
    let splits = try dataSet.load(from: folders)
    let labels: ImageLabels = loss == .logistic ? .binary : .oneHot(ways: size.ways)
    func tasks(_ split: ImageSplit, _ choice: ImageTasks.Choice) throws(DataError) -> ImageTasks {
      guard let images = splits[split] else { preconditionFailure("\(card.name) has no images for \(split)") }
      return try ImageTasks(
        of: images, size: size, choice: choice, labels: labels, name: "\(folder): \(card.name), \(split.rawValue)")
    }
    let training = try tasks(.training, choice)
    let test = try tasks(.test, heldOutChoice ?? choice)
    return task(
      size, training, heldOut: test, validation: splits[.validation] == nil ? nil : try tasks(.validation, choice),
      shape: splits[.training]?.shape, warnings: dataSet.shortfall(of: splits).map { ["\(folder): \($0)"] } ?? [])
  }

  fileprivate func task(
    _ size: ImageTaskSize, _ training: some TaskDistribution, heldOut: some TaskDistribution,
    validation: (any TaskDistribution)?, shape: ImageShape?, warnings: [String] = []
  ) -> FewShotTask {
    FewShotTask(
      distribution: training, heldOut: heldOut, validation: validation, loss: loss, rowsOfAShot: size.ways,
      imageShape: shape, warnings: warnings)
  }
}
