// swift-tools-version: 6.3

import PackageDescription

let strictness: [SwiftSetting] =
  [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
  ]
  // Continuous integration and `scripts/check` set METARL_STRICT: there a warning is an error.
  + (Context.environment["METARL_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)])

/// Whether another package depends on this one by version: the package manager then refuses flags of its own. C is
/// compiled by those of the configuration, with the same bits: the sources themselves forbid contraction.
let isDependency = Context.packageDirectory.contains("/checkouts/")

// The kernels are compiled for speed in every configuration: a debug run of the tests uses them too.
// Of debug information lines alone: all of it takes half as long again to write for unrolled loops, and twice as long for
// unrolled lambdas. It is asked for behind the driver's back, whose own flag comes later and would win.
let lineTables = ["-Xclang", "-debug-info-kind=line-tables-only"]
let optimizedC: [CSetting] = isDependency ? [] : [.unsafeFlags(["-O3"] + lineTables)]
let optimizedCXX: [CXXSetting] = isDependency ? [] : [.unsafeFlags(["-O3"] + lineTables)]

/// The version of the program: the tag of the commit that is checked out, else the commit; "+" where files have changed. The
/// scripts give it, since the package manager keeps what it once found out; without them it is that of the first build.
let version: String = {
  if let given = Context.environment["METARL_COMMIT"] { return given }
  guard let git = Context.gitInformation else { return "of unknown version" }
  return (git.currentTag ?? String(git.currentCommit.prefix(9))) + (git.hasUncommittedChanges ? "+" : "")
}()

func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], resources: [Resource] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strictness)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name)] + dependencies, exclude: exclude, resources: resources,
    swiftSettings: strictness)
}

// What makes pages of the documentation is no part of the program: `scripts/documentation` alone asks for it.
let documentationTools: [Package.Dependency] =
  Context.environment["METARL_DOCUMENTATION"] == nil
  ? [] : [.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0")]

let package = Package(
  name: "metarl",
  // Every module is a product: another package takes what it needs, up to the whole command line.
  products: [.executable(name: "metarl", targets: ["metarl"])]
    + [
      "Parts", "Workers", "Ranks", "RandomStreams", "Tables", "Files", "Scenes", "Pictures", "TensorCore",
      "NeuralNetworks",
      "MetaLearning",
      "ImageData", "FewShotTasks", "Environments", "Rollouts", "PolicyLearning", "Runs", "Training", "Evaluation",
      "Reporting", "Benchmarks", "Reproduction", "ArchitectureSearch", "MetaRLCommand",
    ].map { .library(name: $0, targets: [$0]) }
    // What programs in other languages load; the header is Sources/CMetaRL/include/metarl.h.
    + [.library(name: "metarlc", type: .dynamic, targets: ["CInterface"])],
  traits: [.trait(name: "MPI", description: "Runs on many machines, by OpenMPI from libopenmpi-dev.")],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ] + documentationTools,
  targets: [
    // Native shims, each with one Swift wrapper.
    .target(name: "CProcessor", cSettings: optimizedC),
    .target(
      name: "COpenBLAS", dependencies: ["CProcessor"], cSettings: optimizedC,
      linkerSettings: [.linkedLibrary("dl")]),
    .target(
      name: "CBox2D", cxxSettings: optimizedCXX,
      linkerSettings: [.linkedLibrary("box2d")]),
    .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
    .target(name: "CPNG", cSettings: optimizedC, linkerSettings: [.linkedLibrary("png")]),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
    .systemLibrary(name: "CGIF", providers: [.apt(["libgif-dev"])]),
    .target(
      name: "CEmbedded", exclude: ["pretrained", "report", "results"],
      cSettings: [.define("METARL_VERSION", to: "\"\(version)\"")]),
    // Empty without the trait MPI.
    .target(
      name: "CMPI", cSettings: [.define("METARL_MPI", .when(traits: ["MPI"]))],
      linkerSettings: [.linkedLibrary("mpi", .when(traits: ["MPI"]))]),
    .target(name: "CVectorKernels", dependencies: ["CProcessor"], cSettings: optimizedC),
    .target(name: "CLanes", dependencies: ["CProcessor"], cxxSettings: optimizedCXX),

    // Below everything: threads, randomness, tables of text and files.
    module("Workers"),
    module("Ranks", ["CMPI", "Parts", "Workers"]),
    module("RandomStreams"),
    module("Tables"),
    module("Files"),
    module("Parts"),
    module("Scenes"),
    module("Pictures", ["CCairo", "CGIF", "Files", "Parts", "Scenes"]),

    // Tensors and learning.
    module(
      "TensorCore",
      ["COpenBLAS", "CProcessor", "CVectorKernels", .product(name: "RealModule", package: "swift-numerics")]),
    module(
      "NeuralNetworks",
      ["TensorCore", "RandomStreams", "Parts", .product(name: "RealModule", package: "swift-numerics")]),
    module(
      "MetaLearning",
      ["TensorCore", "NeuralNetworks", "Parts", .product(name: "RealModule", package: "swift-numerics")]),
    module(
      "ImageData", ["CArchive", "CPNG", "CTurboJPEG", "CCrypto", "Files", "Parts", "RandomStreams", "Tables"]),
    module("FewShotTasks", ["TensorCore", "NeuralNetworks", "ImageData", "RandomStreams", "Parts"]),

    // Bodies and episodes.
    module(
      "Environments", ["CBox2D", "CExpat", "CLanes", "RandomStreams", "Parts", "Scenes"],
      resources: ["half_cheetah", "hopper", "walker2d"].map { .embedInCode("Models/\($0).xml") }),
    module(
      "Rollouts",
      ["Environments", "RandomStreams", "TensorCore", .product(name: "RealModule", package: "swift-numerics")]),
    module(
      "PolicyLearning",
      [
        "Rollouts", "NeuralNetworks", "TensorCore", "RandomStreams", "Parts",
        .product(name: "RealModule", package: "swift-numerics"),
      ]),

    // Runs, what is made of them, and the command line.
    module("Runs", ["CEmbedded", "Files", "Parts", "Scenes", "Tables", .product(name: "Yams", package: "Yams")]),
    module(
      "Training",
      [
        "Runs", "MetaLearning", "Files", "FewShotTasks", "ImageData", "PolicyLearning", "Ranks", "Rollouts",
        "Environments", "NeuralNetworks", "Parts", "Scenes", "TensorCore", "RandomStreams", "Workers",
        .product(name: "RealModule", package: "swift-numerics"),
      ]),
    module("Evaluation", ["Training", "Runs", "Parts", "RandomStreams", "Scenes", "Workers"]),
    module("Reporting", ["CEmbedded", "Evaluation", "Files", "Runs", "Parts", "Scenes", "Tables"]),
    module(
      "Benchmarks",
      [
        "Training", "Runs", "MetaLearning", "FewShotTasks", "PolicyLearning", "Ranks", "Rollouts", "Environments",
        "NeuralNetworks", "Parts", "TensorCore", "RandomStreams", "Workers",
      ]),
    module(
      "Reproduction",
      [
        "Benchmarks", "CEmbedded", "Evaluation", "Reporting", "Training", "Runs", "Environments", "FewShotTasks",
        "MetaLearning", "NeuralNetworks", "Parts", "Workers", "PolicyLearning", "Scenes", "TensorCore",
        "RandomStreams",
        .product(name: "RealModule", package: "swift-numerics"),
      ]),
    module(
      "ArchitectureSearch",
      [
        "Evaluation", "Training", "Runs", "FewShotTasks", "MetaLearning", "NeuralNetworks", "Parts", "Pictures",
        "RandomStreams", "TensorCore", "Workers",
      ]),
    module(
      "MetaRLCommand",
      [
        "ArchitectureSearch", "Benchmarks", "Environments", "Evaluation", "Files", "ImageData", "Parts", "Pictures",
        "Ranks", "Reporting",
        "Reproduction", "Runs", "Scenes", "Tables", "TensorCore", "Training", "Workers",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(name: "metarl", dependencies: ["MetaRLCommand"], swiftSettings: strictness),

    // The same for programs in other languages.
    .target(name: "CMetaRL", cSettings: optimizedC),
    module(
      "CInterface",
      [
        "CMetaRL", "Environments", "Evaluation", "Parts", "RandomStreams", "Runs", "Scenes", "TensorCore", "Training",
        "Workers",
      ]),

    .target(
      name: "TestSupport", dependencies: ["TensorCore", "Workers"], path: "Tests/TestSupport",
      swiftSettings: strictness),
    tests("CProcessor", []),
    tests("CVectorKernels", ["RandomStreams"]),
    tests("Workers", []),
    tests("Ranks", ["Parts", "Workers"]),
    tests("RandomStreams", []),
    tests("Tables", []),
    tests("Files", ["ImageDataFixtures"]),
    tests("TensorCore", ["TestSupport", "Workers", "RandomStreams"]),
    tests("NeuralNetworks", ["Parts", "TensorCore", "TestSupport", "RandomStreams"]),
    tests(
      "MetaLearning",
      [
        "FewShotTasks", "Parts", "TensorCore", "NeuralNetworks", "RandomStreams", "TestSupport",
        .product(name: "RealModule", package: "swift-numerics"),
      ]),
    .target(
      name: "ImageDataFixtures", dependencies: ["CArchive", "CPNG", "CTurboJPEG"], path: "Tests/ImageDataFixtures",
      swiftSettings: strictness),
    tests("ImageData", ["Files", "ImageDataFixtures"]),
    tests("FewShotTasks", ["Parts", "TensorCore", "TestSupport", "ImageData", "RandomStreams"]),
    tests(
      "Environments", ["CLanes", "Parts", "RandomStreams", "Scenes"],
      resources: [.copy("Oracles/half_cheetah.json"), .copy("Oracles/robots.json"), .copy("Oracles/robots")]),
    tests("Pictures", ["CGIF", "Parts", "Scenes"]),
    tests("Rollouts", ["Environments", "RandomStreams"]),
    tests(
      "PolicyLearning",
      [
        "Environments", "MetaLearning", "NeuralNetworks", "RandomStreams", "Rollouts", "TensorCore", "TestSupport",
        "Workers",
      ]),
    .target(
      name: "RunFixtures",
      dependencies: ["NeuralNetworks", "Parts", "PolicyLearning", "RandomStreams", "Runs", "Training"],
      path: "Tests/RunFixtures", swiftSettings: strictness),
    tests(
      "Runs",
      [
        "Environments", "Files", "Parts", "RunFixtures", "Training",
        // Reads what is written for TensorBoard.
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ], exclude: ["TensorBoard/tensorboard_event.proto"]),
    tests(
      "Training",
      [
        "Environments", "Evaluation", "FewShotTasks", "ImageDataFixtures", "MetaLearning", "NeuralNetworks", "Parts",
        "PolicyLearning", "RandomStreams", "Ranks", "Reporting", "Rollouts", "RunFixtures", "Runs", "Scenes",
        "TensorCore", "Workers", "Files",
      ], exclude: ["Oracles"]),
    tests(
      "Evaluation",
      [
        "Environments", "FewShotTasks", "MetaLearning", "NeuralNetworks", "Parts", "RandomStreams", "RunFixtures",
        "Runs", "TensorCore", "Training", "Workers",
      ]),
    tests("Reporting", ["Evaluation", "Parts", "RunFixtures", "Runs", "Scenes", "Training"]),
    tests("Benchmarks", ["Parts", "RunFixtures", "Runs", "TensorCore"]),
    tests(
      "Reproduction",
      [
        "Evaluation", "ImageDataFixtures", "Parts", "RandomStreams", "Reporting", "RunFixtures", "Runs", "Scenes",
        "TensorCore", "Training",
      ]),
    tests("ArchitectureSearch", ["NeuralNetworks", "Parts", "RandomStreams", "RunFixtures", "Runs", "Training"]),
    tests("MetaRLCommand", ["Parts", "Runs"]),
    tests("CInterface", ["CMetaRL"], exclude: ["Program"]),
    // Mutated inputs for every reader; `scripts/fuzz` runs it for longer.
    .testTarget(
      name: "FuzzTests",
      dependencies: [
        "MetaRLCommand", "NeuralNetworks", "Runs", "Environments", "ImageData", "ImageDataFixtures", "Parts",
        "RandomStreams", "Training",
      ],
      swiftSettings: strictness),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
