"""The public site: HTTP in, values from the store, HTML, CSV and JSON out."""
