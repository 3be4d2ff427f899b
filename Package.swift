// swift-tools-version: 6.2

import PackageDescription

let strictness: [SwiftSetting] =
  [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
  ]
  // Continuous integration and `scripts/check` set METARL_STRICT: there a warning is an error.
  + (Context.environment["METARL_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)])

// The kernels are compiled for speed in every configuration: a debug run of the tests uses them too.
let optimizedC: [CSetting] = [.unsafeFlags(["-O3", "-ffp-contract=off"])]
let optimizedCXX: [CXXSetting] = [.unsafeFlags(["-O3", "-ffp-contract=off", "-std=c++20"])]

func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [], resources: [Resource] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: exclude, resources: resources, swiftSettings: strictness)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.byName(name: name)] + dependencies, resources: resources,
    swiftSettings: strictness)
}

let package = Package(
  name: "metarl",
  products: [.executable(name: "metarl", targets: ["MetaRLCommand"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    // Native doors, each with one Swift wrapper.
    .target(name: "COpenBLAS", cSettings: optimizedC, linkerSettings: [.linkedLibrary("dl")]),
    .target(
      name: "CBox2D", cxxSettings: optimizedCXX,
      linkerSettings: [.linkedLibrary("box2d")]),
    .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
    .target(name: "CPNG", cSettings: optimizedC, linkerSettings: [.linkedLibrary("png")]),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "CProcessor", cSettings: optimizedC),
    .target(name: "CVectorKernels", dependencies: ["CProcessor"], cSettings: optimizedC),
    // Without debug information, which for unrolled lambdas takes longer than all else.
    .target(name: "CLanes", dependencies: ["CProcessor"], cxxSettings: optimizedCXX + [.unsafeFlags(["-g0"])]),

    // Below everything: threads, randomness and tables of text.
    module("Workers"),
    module("RandomStreams"),
    module("Tables"),

    // Tensors and learning.
    module(
      "TensorCore",
      ["COpenBLAS", "CVectorKernels", "Workers", .product(name: "RealModule", package: "swift-numerics")]),
    module(
      "NeuralNetworks", ["TensorCore", "RandomStreams", .product(name: "RealModule", package: "swift-numerics")]),
    module("MetaLearning", ["TensorCore", "NeuralNetworks"]),
    module("ImageData", ["CArchive", "CPNG", "CTurboJPEG", "CCrypto", "RandomStreams", "Tables"]),
    module("FewShotTasks", ["TensorCore", "NeuralNetworks", "ImageData", "RandomStreams"]),

    // Bodies and episodes.
    module(
      "Environments", ["CBox2D", "CExpat", "CLanes", "RandomStreams"],
      resources: [.embedInCode("Models/half_cheetah.xml")]),
    module("Rollouts", ["Environments", "RandomStreams"]),
    module("PolicyLearning", ["Rollouts", "NeuralNetworks", "TensorCore", "RandomStreams"]),

    // Runs and the command line.
    module(
      "Experiments",
      [
        "MetaLearning", "FewShotTasks", "ImageData", "PolicyLearning", "Rollouts", "Environments", "NeuralNetworks",
        "Tables", "TensorCore", "RandomStreams", "Workers", .product(name: "Yams", package: "Yams"),
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ], exclude: ["TensorBoard/tensorboard_event.proto"]),
    .executableTarget(
      name: "MetaRLCommand",
      dependencies: [
        "Environments", "Experiments", "ImageData", "Tables", "TensorCore",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strictness),

    .target(
      name: "TestSupport", dependencies: ["TensorCore"], path: "Tests/TestSupport",
      swiftSettings: strictness),
    tests("CProcessor", []),
    tests("CVectorKernels", []),
    tests("Workers", []),
    tests("RandomStreams", []),
    tests("Tables", []),
    tests("TensorCore", ["TestSupport", "Workers", "RandomStreams"]),
    tests("NeuralNetworks", ["TensorCore", "TestSupport", "RandomStreams"]),
    tests("MetaLearning", ["FewShotTasks", "TensorCore", "NeuralNetworks", "RandomStreams", "TestSupport"]),
    .target(
      name: "ImageDataFixtures", dependencies: ["CArchive", "CPNG", "CTurboJPEG"], path: "Tests/ImageDataFixtures",
      swiftSettings: strictness),
    tests("ImageData", ["ImageDataFixtures"]),
    tests("FewShotTasks", ["TensorCore", "TestSupport", "ImageData", "RandomStreams"]),
    tests(
      "Environments", ["CLanes", "RandomStreams"],
      resources: [.copy("Oracles/half_cheetah.json"), .copy("Oracles/robots.json")]),
    tests("Rollouts", ["Environments", "RandomStreams"]),
    tests(
      "PolicyLearning",
      [
        "Environments", "MetaLearning", "NeuralNetworks", "RandomStreams", "Rollouts", "TensorCore", "TestSupport",
        "Workers",
      ]),
    tests(
      "Experiments",
      [
        "Environments", "FewShotTasks", "ImageDataFixtures", "MetaLearning", "NeuralNetworks", "PolicyLearning",
        "RandomStreams", "TensorCore",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    tests("MetaRLCommand", ["Experiments"]),
    // Mutated inputs for every reader; `scripts/fuzz` runs it for longer.
    .testTarget(
      name: "FuzzTests",
      dependencies: [
        "MetaRLCommand", "Experiments", "Environments", "ImageData", "ImageDataFixtures", "RandomStreams",
      ],
      swiftSettings: strictness),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
