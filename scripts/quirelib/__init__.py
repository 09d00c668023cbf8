"""What scripts/quire is made of: one subcommand a module, and what they share."""
