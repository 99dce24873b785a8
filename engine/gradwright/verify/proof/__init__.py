"""Every line of a proof checked by computing both sides: no rule of the proof is used."""
