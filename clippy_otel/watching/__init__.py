"""What accompanies a piece of the application's work without changing it: spans, and the steps of generators."""
