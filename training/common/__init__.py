"""What all training scripts share: one split by source, batches' randomness, the loop by steps, metrics, cards."""
