"""Whether a text can hold anything that is looked for, asked of all recognisers at once."""
