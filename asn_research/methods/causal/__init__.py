"""What a change caused: before and after, treated and not yet treated, weights, synthetic controls, and how far it holds."""
