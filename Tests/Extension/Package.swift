// swift-tools-version: 6.2

import PackageDescription

// A program of one's own: the whole of metarl with a task family, an environment, an algorithm and an optimizer more.
let package = Package(
  name: "metarl-extended",
  dependencies: [.package(name: "metarl", path: "../..")],
  targets: [
    .executableTarget(
      name: "metarl-extended",
      dependencies: [
        .product(name: "MetaRLCommand", package: "metarl"), .product(name: "MetaLearning", package: "metarl"),
        .product(name: "FewShotTasks", package: "metarl"), .product(name: "Environments", package: "metarl"),
        .product(name: "NeuralNetworks", package: "metarl"), .product(name: "TensorCore", package: "metarl"),
        .product(name: "RandomStreams", package: "metarl"), .product(name: "Parts", package: "metarl"),
      ])
  ]
)
