"""A design simulated: requests through queues, with traffic and failures of any kind."""
