// Rollouts
