"""The cheapest replicas and funnel sizes that meet a requirement."""
