"""What the relying-party tests stand on: a real Keystead, real NetBox stand-ins, a person without a browser."""
