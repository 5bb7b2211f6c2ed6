"""What is kept, and every way to read it. No Flask, no permissions."""
