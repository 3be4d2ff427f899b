public import ImageData

/// A family of few-shot image tasks under a name. Its images, where it has any, are loaded for the size of its tasks.
public struct ImageTaskFamily: Sendable {
  /// On the command line.
  public let name: String
  /// One line.
  public let summary: String
  /// The paper of the protocol.
  public let source: String
  /// What its images come from; nil where they are generated.
  public let dataSet: DataSet?
  /// How its tasks are judged.
  public let loss: TaskLoss
  private let makeTask: @Sendable (ImageTaskFamily, ImageTaskSize, DataFolders) throws(DataError) -> FewShotTask

  /// The family with tasks of this size.
  /// - Parameter folders: where its data set is looked for.
  /// - Throws: `DataError` where the data set is not there, is damaged, or is too small for the size.
  public func task(_ size: ImageTaskSize, from folders: DataFolders) throws(DataError) -> FewShotTask {
    try makeTask(self, size, folders)
  }

  /// The family called `name`, or nil.
  public static func named(_ name: String) -> ImageTaskFamily? { all.first { $0.name == name } }

  /// Every family, in the order in which to list them.
  public static let all = [glyphs, omniglot, mnistPairs, cifarFS, miniImageNet]

  private static let glyphs = ImageTaskFamily(
    name: "glyphs", summary: "characters of random pen strokes, drawn as they are needed: no data",
    source: "none; after Omniglot's protocol", dataSet: nil, loss: .softmax
  ) { family, size, _ throws(DataError) in
    let tasks = GlyphTasks(ways: size.ways)
    return family.task(tasks, heldOut: tasks, validation: tasks, shape: GlyphTasks.shape)
  }

  private static let omniglot = ImageTaskFamily(
    name: "omniglot", summary: "handwritten characters, turned ones as characters of their own",
    source: "Vinyals et al. 2016; Finn, Abbeel, Levine 2017 (MAML), section 5.2", dataSet: .named("omniglot"),
    loss: .softmax
  ) { family, size, folders throws(DataError) in try family.task(size, folders, choice: .distinctWithTurns) }

  private static let cifarFS = ImageTaskFamily(
    name: "cifar-fs", summary: "photographs of CIFAR-100, 32 x 32", source: "Bertinetto et al. 2019",
    dataSet: .named("cifar-fs"), loss: .softmax
  ) { family, size, folders throws(DataError) in try family.task(size, folders, choice: .distinct) }

  private static let miniImageNet = ImageTaskFamily(
    name: "mini-imagenet", summary: "photographs of ImageNet, 84 x 84",
    source: "Vinyals et al. 2016; Ravi, Larochelle 2017", dataSet: .named("mini-imagenet"), loss: .softmax
  ) { family, size, folders throws(DataError) in try family.task(size, folders, choice: .distinct) }

  /// The paper draws held-out tasks from the same pool of pairs; here their pairs and their images are held out.
  private static let mnistPairs = ImageTaskFamily(
    name: "mnist-pairs", summary: "which of two digits, in either order",
    source: "Lou, Zhao, Wang 2021 (MLSR), section 4.2",
    dataSet: .named("mnist"), loss: .logistic
  ) { family, size, folders throws(DataError) in
    guard size.ways == 2 else {
      throw DataError(at: "mnist-pairs", expected: "ways of 2", found: "\(size.ways)")
    }
    return try family.task(size, folders, choice: .groups(DigitPairs.training), heldOutChoice: .groups(DigitPairs.test))
  }
}

/// The 45 pairs of digits in two parts, such that each digit is in both: the sums of the test pairs are multiples of 5.
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
    guard let dataSet else { preconditionFailure("\(name) has no data set") }
    let folder = try folders.find(dataSet)
    let splits = try dataSet.load(from: folders)
    let labels: ImageLabels = loss == .logistic ? .binary : .oneHot(ways: size.ways)
    func tasks(_ split: ImageSplit, _ choice: ImageTasks.Choice) throws(DataError) -> ImageTasks {
      guard let images = splits[split] else { preconditionFailure("\(name) has no images for \(split)") }
      return try ImageTasks(
        of: images, size: size, choice: choice, labels: labels, name: "\(folder): \(name), \(split.rawValue)")
    }
    let training = try tasks(.training, choice)
    let test = try tasks(.test, heldOutChoice ?? choice)
    return task(
      training, heldOut: test, validation: splits[.validation] == nil ? nil : try tasks(.validation, choice),
      shape: splits[.training]?.shape, warnings: dataSet.shortfall(of: splits).map { ["\(folder): \($0)"] } ?? [])
  }

  fileprivate func task(
    _ training: some TaskDistribution, heldOut: some TaskDistribution, validation: (any TaskDistribution)?,
    shape: ImageShape?, warnings: [String] = []
  ) -> FewShotTask {
    FewShotTask(
      name: name, summary: summary, source: source, distribution: training, heldOut: heldOut, validation: validation,
      loss: loss, imageShape: shape, warnings: warnings)
  }
}
