"""Functions of arrays with NumPy's meaning, one record each; elementwise ones are the fields' own."""
