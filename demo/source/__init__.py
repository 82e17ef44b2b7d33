"""Where the demo tenants' documents come from: what each business says, and how it is written to a file."""
