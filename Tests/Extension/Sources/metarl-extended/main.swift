import MetaRLCommand

MetaRL.main(
  adding: .task(Staircases()), .task(PointMass()), .algorithm(SignSteps()), .outerOptimizer(HeavyBall()))
