"""A small Django project that signs people in exactly as NetBox does; the generated files are laid into this package."""
