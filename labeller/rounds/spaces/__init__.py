"""Step 2 of a round: the space in which the latents are clustered, and maps for the eye."""
