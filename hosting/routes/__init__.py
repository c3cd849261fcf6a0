"""What is answered at which address. A route checks permission, calls a store or a service, and renders."""
