"""The scenes of the sample pictures, one module per picture."""
