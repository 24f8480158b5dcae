"""
The services, each an ASGI application: joined by HTTP alone, started by `labkit.server` in a
notebook or by uvicorn anywhere.

Read in this order: `problems` (what an error looks like), `app` and `docs` (what all services
share), `bearer` (who may come in), `inspections` with `paging` and `views` (a protected API),
`issuer` with `oauth` and `clients` (where tokens come from).
"""
