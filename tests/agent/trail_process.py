"""
One process that keeps rows in a trail: ``python trail_process.py URL NAME COUNT``.

It says "ready" when it has the trail open, and begins when it's sent a line.
"""

import asyncio
import sys

from trail_kit import row

from labkit.agent.trail import AuditInDatabase


async def keep(trail, name, count):
    await asyncio.gather(*(trail.record(row(run_id=name, call_id=f"{i}")) for i in range(count)))


if __name__ == "__main__":
    url, name, count = sys.argv[1:]
    opened = AuditInDatabase(url)
    opened.open()
    print("ready", flush=True)
    sys.stdin.readline()
    asyncio.run(keep(opened, name, int(count)))
