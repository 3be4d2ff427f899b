// MetaLearning
