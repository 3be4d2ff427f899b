// PolicyLearning
