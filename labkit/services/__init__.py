"""
The services, each an ASGI application: joined by HTTP alone, started by `labkit.server` in a
notebook or by uvicorn anywhere.

Read in this order: `problems` (what an error looks like), `app` and `docs` (what all services
share), `bearer` (who may come in), `inspections` with `paging` and `views` (a protected API),
`writing` and `writes` (who may change what, and of two at once who wins),
`issuer` with `oauth`, `clients`, `authentication` and `grants` (where tokens come from), `stores`
with `keystore` (what an issuer must not forget), `token_status` (how a token is taken back).
"""
