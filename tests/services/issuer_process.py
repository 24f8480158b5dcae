"""
One process of an issuer, started by a test: ``python issuer_process.py ISSUER DATABASE_URL``.

Serves until it's killed. With ``rotate`` behind these it changes keys for ever instead, and prints
the kid that signs after each change; with ``halfway`` it stops in the middle of one, and says so.
"""

import asyncio
import secrets
import socket
import sys
import threading

import uvicorn
from issuer_kit import CLIENTS

from labkit.database import Database
from labkit.services import issuer, keystore
from labkit.services.grants import IssuerConfig
from labkit.services.stores import open_stores
from labkit.tokens import SigningKey
from labkit.tokens.ring import publish_next, rotate


def serve(issuer_url, database_url):
    app = issuer.create_app(
        IssuerConfig(issuer=issuer_url, clients=CLIENTS, database_url=database_url)
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run([listener])


async def rotate_for_ever(issuer_url, database_url):
    private = SigningKey.generate().private_key
    # New names alone take no time, so the process is killed at the database and not at its sums.
    SigningKey.generate = lambda: SigningKey(private, secrets.token_hex())
    stores = await open_stores(Database(database_url), issuer_url)
    while True:
        print(await publish_next(stores.ring), flush=True)
        print(await rotate(stores.ring), flush=True)


async def stop_halfway(issuer_url, database_url):
    def wait_for_ever(*_):
        print("halfway", flush=True)
        threading.Event().wait()

    stores = await open_stores(Database(database_url), issuer_url)
    keystore._rows_of = wait_for_ever  # The old rows are deleted, the new ones not written.
    await publish_next(stores.ring)


if __name__ == "__main__":
    if sys.argv[3:] == ["rotate"]:
        asyncio.run(rotate_for_ever(*sys.argv[1:3]))
    elif sys.argv[3:] == ["halfway"]:
        asyncio.run(stop_halfway(*sys.argv[1:3]))
    else:
        serve(*sys.argv[1:])
