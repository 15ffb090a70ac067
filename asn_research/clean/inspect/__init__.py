"""Look at files without writing anything: recognise them, and say what cleaning would do with them."""
